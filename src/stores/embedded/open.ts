import type { UserRecord, UserRecords } from '../../contracts/accounts.ts';
import type { Delivery } from '../../contracts/delivery.ts';
import type { Durability, OpenStore, StoreContext } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { canonicalOwner, withoutDetail } from '../shared/address.ts';
import { AGE_CHECK, hasQuota, keepingOf } from '../shared/keeping.ts';
import { limited, refuseFull, tightest } from '../shared/quota.ts';
import { Blobs } from './blobs.ts';
import type { ReaderCalls, ThreadData, WriterCalls } from './calls.ts';
import { DeliveredDraft } from './draft.ts';
import { DiskHints } from './hints.ts';
import { Indexer } from './indexer.ts';
import { DiskJournal } from './journal.ts';
import { Locks } from './locks.ts';
import { type House, mailHouse } from './mail-store.ts';
import type { options } from './options.ts';
import { preparePlace } from './place.ts';
import { Space } from './space.ts';
import { diskSpool } from './spool.ts';
import { Thread } from './thread.ts';

/** Throws `CS_UNSAFE` for a directory others can write, `CS_CONFIG` for a newer schema, `CS_LOCAL_IO`, `CS_DISK_FULL`. */
export async function open(ctx: StoreContext<typeof options>): Promise<OpenStore> {
  if (ctx.dir === undefined) throw new CsError('CS_USAGE', 'this store needs a directory', { hint: 'give --data DIR' });
  const place = preparePlace(ctx.dir);
  const durability: Durability = ctx.options.durability;
  const keeping = keepingOf(ctx.options);
  const data: ThreadData = { file: place.file, blobs: place.blobs, durability, keeping };
  const writer = new Thread<WriterCalls>('writer', data, ({ cursor, stirred, evicted }) => {
    if (cursor !== undefined) journal.reached(cursor);
    if (stirred) hints.stirred(stirred);
    // A file that stays for now is swept at the next start.
    if (evicted) house.blobs.remove(evicted).catch(() => {});
  });
  try {
    await writer.call('open', null);
  } catch (error) {
    await writer.close();
    throw error;
  }
  const reader = new Thread<ReaderCalls>('reader', data);
  const journal = new DiskJournal(writer, reader, place.dir);
  const hints = new DiskHints(writer, reader, place.dir);
  const indexer = new Indexer(writer, reader);
  const house: House = {
    writer,
    reader,
    indexer,
    hints,
    quota: keeping.quota,
    locks: new Locks(place.locks),
    blobs: new Blobs(place.blobs, durability === 'disk'),
    space: new Space(place.dir, () => writer.call('retain', null)),
    stored: indexer.stored,
    held: { octets: 0 },
  };
  const quotas: SeenQuotas = { seen: false };
  const users = usersOf(writer, reader, quotas);
  // Those who were there before have quotas too.
  await users.list();
  const swept = await house.blobs.sweep((names) => reader.call('namedBlobs', names));
  if (swept > 0) ctx.log('info', 'store.swept', { files: swept });
  const retain = (): void => void writer.call('retain', null).catch(() => {});
  const aging = keeping.age === undefined ? undefined : setInterval(retain, AGE_CHECK).unref();
  if (aging) retain();
  return {
    info: { mode: 'disk', dir: place.dir, durability },
    users,
    journal,
    mail: mailHouse(house),
    delivery: deliveryTo(house, quotas),
    spool: diskSpool(house),
    async [Symbol.asyncDispose]() {
      clearInterval(aging);
      journal.close();
      hints.close();
      await indexer.close();
      await reader.close();
      await writer.close();
    },
  };
}

function deliveryTo(house: House, quotas: SeenQuotas): Delivery {
  return {
    open(envelope) {
      const checking = house.space.check(envelope.size ?? 0);
      const draft = new DeliveredDraft(house, envelope);
      return checking ? checking.then(() => draft) : draft;
    },
    check: ({ address }) => (hasQuota(house.quota) || quotas.seen ? refuseIfFull(house, address) : undefined),
  };
}

async function refuseIfFull({ reader, quota }: House, address: string): Promise<void> {
  const whole = canonicalOwner(address);
  const bare = withoutDetail(whole);
  const account =
    (await reader.call('userByAddress', whole)) ??
    (bare === undefined ? undefined : await reader.call('userByAddress', bare));
  const used = await reader.call('usage', account?.name ?? whole);
  refuseFull(address, limited(used, tightest(quota, account?.quota)));
}

/** Some account has a quota of its own: until one was seen, no recipient is looked up for it. */
interface SeenQuotas {
  seen: boolean;
}

function usersOf(writer: Thread<WriterCalls>, reader: Thread<ReaderCalls>, quotas: SeenQuotas): UserRecords {
  const look = (record: UserRecord | undefined): void => {
    quotas.seen ||= hasQuota({ bytes: record?.quota?.bytes, messages: record?.quota?.messages });
  };
  return {
    get: (name) => reader.call('user', name),
    byAddress: (address) => reader.call('userByAddress', address),
    async list() {
      const records = await reader.call('users', null);
      for (const record of records) look(record);
      return records;
    },
    remove: (name) => writer.call('removeUser', name),
    async put(record) {
      look(record);
      await writer.call('putUser', record);
    },
  };
}
