import type { ByteRange, MailHouse, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { fold } from '../../kit/mime/search-text.ts';
import { canonicalOwner } from '../shared/address.ts';
import {
  EVERYTHING,
  INBOX,
  mailboxExists,
  mailboxName,
  newMailboxName,
  noMessage,
  specialUse,
} from '../shared/mailbox-name.ts';
import { sliced } from '../shared/octets.ts';
import { limited, type Quota, tightest } from '../shared/quota.ts';
import { searchPhrases } from '../shared/search-text.ts';
import { Believed } from './believed.ts';
import type { Place, ReaderCalls, WriterCalls } from './calls.ts';
import { AppendedDraft, appendAll, type Intake, replaceBy } from './draft.ts';
import { flagResult } from './flagged.ts';
import type { DiskHints } from './hints.ts';
import type { Indexer } from './indexer.ts';
import type { Locks } from './locks.ts';
import { scan } from './scan.ts';
import type { Thread } from './thread.ts';

export interface House extends Intake {
  readonly writer: Thread<WriterCalls>;
  readonly reader: Thread<ReaderCalls>;
  readonly indexer: Indexer;
  readonly locks: Locks;
  readonly hints: DiskHints;
  readonly quota: Quota;
}

export function mailHouse(house: House): MailHouse {
  let era: Promise<string> | undefined;
  /** The store is as old as the view of everything. */
  const born = async (): Promise<string> => {
    const [everything] = await house.reader.call('mailboxes', EVERYTHING);
    return everything!.uidValidity.toString(36);
  };
  return {
    of: async (owner) => {
      era ??= born().catch((error: unknown) => {
        // The next who asks finds out for himself.
        era = undefined;
        throw error;
      });
      return mailStoreOf(house, canonicalOwner(owner), await era);
    },
    lock: (owner) => house.locks.take(canonicalOwner(owner)),
    clear: async () => unlinked(house, await house.writer.call('clear', null)),
    forget: async (owner) => unlinked(house, await house.writer.call('dropOwner', canonicalOwner(owner))),
  };
}

/** One owner's view. `*` may look, flag and remove; only owners append, copy and make mailboxes. */
function mailStoreOf(house: House, owner: string, era: string): MailStore {
  const place = (mailbox: string): Place => ({ owner, mailbox: mailboxName(mailbox) });
  const looking = { era, ...lookingAt(house, owner, place), ...scanning(house, place) };
  return owner === EVERYTHING ? looking : { ...looking, ...changing(house, owner, place) };
}

const NO_QUOTA: Quota = { bytes: undefined, messages: undefined };

type PlaceOf = (mailbox: string) => Place;

function lookingAt(house: House, owner: string, place: PlaceOf): MailStore {
  const { reader, writer } = house;
  /** An inbox is there for everybody, made when it is looked at first. */
  const there = async <T>(mailbox: string, look: () => Promise<T>): Promise<T> => {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof CsError && error.code === 'CS_NOT_FOUND') || mailboxName(mailbox) !== INBOX) throw error;
      await writer.call('create', place(INBOX));
      return look();
    }
  };
  return {
    mailboxes: async () => {
      const found = await reader.call('mailboxes', owner);
      if (found.some(({ name }) => name === INBOX)) return found;
      await writer.call('create', place(INBOX));
      return reader.call('mailboxes', owner);
    },
    list: (mailbox, uids) => reader.call('list', { ...place(mailbox), uids: uids && [...uids] }),
    read: (mailbox, uid, range) => read(house, place(mailbox), uid, range),
    origin: (mailbox, uid) => reader.call('origin', { ...place(mailbox), uid }),
    remove: async (mailbox, uids) =>
      unlinked(house, await writer.call('remove', { ...place(mailbox), uids: [...uids] })),
    open: (mailbox) => there(mailbox, () => reader.call('view', place(mailbox))),
    changes: (mailbox, since) => there(mailbox, () => reader.call('changes', { ...place(mailbox), since })),
    watch: (signal) => house.hints.watch(owner, signal),
    flag: async (mailbox, uids, change, flags, { unchangedSince } = {}) =>
      flagResult(await writer.call('flag', { ...place(mailbox), uids: [...uids], change, flags, unchangedSince })),
    subscriptions: () => reader.call('subscriptions', owner),
    quota: async () => {
      if (owner === EVERYTHING) return limited(await reader.call('usage', owner), NO_QUOTA);
      const [used, account] = await Promise.all([reader.call('usage', owner), reader.call('user', owner)]);
      return limited(used, tightest(house.quota, account?.quota));
    },
  };
}

function scanning({ reader, indexer }: House, place: PlaceOf): Pick<MailStore, 'scan' | 'contains' | 'search'> {
  return {
    scan: (mailbox, uids, wish) => scan(reader, place(mailbox), uids, wish, indexer.due),
    contains: async (mailbox, where, text, uids) => {
      await indexer.catchUp();
      const wanted = { where: where.toLowerCase(), text: fold(text) };
      return reader.call('contains', { ...place(mailbox), ...wanted, uids: uids && Uint32Array.from(uids) });
    },
    search: async (mailbox, words) => {
      await indexer.catchUp();
      return reader.call('search', { ...place(mailbox), phrases: searchPhrases(words) });
    },
  };
}

type Changing = Pick<
  MailStore,
  'append' | 'commitAll' | 'replace' | 'copy' | 'move' | 'create' | 'drop' | 'rename' | 'subscribe'
>;

function changing(house: House, owner: string, place: PlaceOf): Changing {
  const { reader, writer } = house;
  const believed = new Believed(reader);
  return {
    append: async (mailbox, how = {}) => {
      await believed.expect(place(mailbox));
      const into = { ...place(mailbox), flags: how.flags ?? [], receivedAt: how.receivedAt };
      await house.space.check(0);
      return new AppendedDraft(house, { from: '', to: [] }, { into });
    },
    commitAll: (drafts) => appendAll(house, drafts),
    replace: async (mailbox, uid, draft) => {
      const { receipt, removed } = await replaceBy(house, { ...place(mailbox), uid }, draft);
      await unlinked(house, removed);
      return receipt;
    },
    copy: (mailbox, uids, to) => writer.call('copy', { ...place(mailbox), uids: [...uids], to: mailboxName(to) }),
    move: (mailbox, uids, to) => writer.call('move', { ...place(mailbox), uids: [...uids], to: mailboxName(to) }),
    create: async (mailbox, how) => {
      const name = newMailboxName(mailbox);
      const use = specialUse(how?.use);
      if (name === INBOX) throw mailboxExists(name);
      await writer.call('create', { ...place(name), use });
    },
    drop: async (mailbox) => {
      believed.forget();
      if (mailboxName(mailbox) === INBOX) throw new CsError('CS_INPUT', 'INBOX cannot be dropped');
      await unlinked(house, await writer.call('drop', place(mailbox)));
    },
    rename: async (mailbox, to) => {
      believed.forget();
      await writer.call('rename', { ...place(mailbox), to });
    },
    subscribe: async (mailbox, on) => {
      await writer.call('subscribe', { owner, mailbox: on ? newMailboxName(mailbox) : mailboxName(mailbox), on });
    },
  };
}

async function* read(house: House, place: Place, uid: number, range?: ByteRange): AsyncGenerator<Uint8Array> {
  const content = await house.reader.call('content', { ...place, uid });
  if ('bytes' in content) {
    yield* sliced([content.bytes], range);
    return;
  }
  try {
    yield* house.blobs.read(content.blob, range);
  } catch (error) {
    // Removed between the two steps.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noMessage(place.mailbox, uid);
    throw error;
  }
}

async function unlinked(house: House, { count, blobs }: WriterCalls['remove']['result']): Promise<number> {
  await house.blobs.remove(blobs);
  house.space.doubt();
  return count;
}
