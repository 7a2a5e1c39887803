import type { UserRecords } from '../../contracts/accounts.ts';
import type { Delivery } from '../../contracts/delivery.ts';
import type { Durability, OpenStore, StoreContext } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { AGE_CHECK, keepingOf } from '../shared/keeping.ts';
import { Blobs } from './blobs.ts';
import type { ReaderCalls, ThreadData, WriterCalls } from './calls.ts';
import { DeliveredDraft } from './draft.ts';
import { FullMailboxes } from './full-mailboxes.ts';
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
  const full = new FullMailboxes(reader, keeping.quota);
  const swept = await house.blobs.sweep((names) => reader.call('namedBlobs', names));
  if (swept > 0) ctx.log('info', 'store.swept', { files: swept });
  const retain = (): void => void writer.call('retain', null).catch(() => {});
  const aging = keeping.age === undefined ? undefined : setInterval(retain, AGE_CHECK).unref();
  if (aging) retain();
  return {
    info: { mode: 'disk', dir: place.dir, durability },
    users: usersOf(writer, reader, full),
    journal,
    mail: mailHouse(house),
    delivery: deliveryTo(house, full),
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

function deliveryTo(house: House, full: FullMailboxes): Delivery {
  return {
    open(envelope) {
      const checking = house.space.check(envelope.size ?? 0);
      const draft = new DeliveredDraft(house, envelope);
      return checking ? checking.then(() => draft) : draft;
    },
    check: ({ address }) => full.check(address),
  };
}

function usersOf(writer: Thread<WriterCalls>, reader: Thread<ReaderCalls>, full: FullMailboxes): UserRecords {
  return {
    get: (name) => reader.call('user', name),
    byAddress: (address) => reader.call('userByAddress', address),
    list: () => reader.call('users', null),
    remove: (name) => writer.call('removeUser', name),
    async put(record) {
      await writer.call('putUser', record);
      full.changed();
    },
  };
}
