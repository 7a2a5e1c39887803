import type { ByteRange, MailHouse, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { canonicalOwner } from '../shared/address.ts';
import { EVERYTHING, INBOX, mailboxExists, mailboxName, newMailboxName, noMessage } from '../shared/mailbox-name.ts';
import { sliced } from '../shared/octets.ts';
import { searchPhrases } from '../shared/search-text.ts';
import type { Place, ReaderCalls, WriterCalls } from './calls.ts';
import { AppendedDraft, appendAll, type Intake } from './draft.ts';
import type { Indexer } from './indexer.ts';
import type { Locks } from './locks.ts';
import type { Thread } from './thread.ts';

export interface House extends Intake {
  readonly writer: Thread<WriterCalls>;
  readonly reader: Thread<ReaderCalls>;
  readonly indexer: Indexer;
  readonly locks: Locks;
}

export function mailHouse(house: House): MailHouse {
  return {
    of: async (owner) => mailStoreOf(house, canonicalOwner(owner)),
    lock: (owner) => house.locks.take(canonicalOwner(owner)),
    clear: async () => unlinked(house, await house.writer.call('clear', null)),
  };
}

/** One owner's view. `*` may look, flag and remove; only owners append, copy and make mailboxes. */
function mailStoreOf(house: House, owner: string): MailStore {
  const { reader, writer, indexer } = house;
  const place = (mailbox: string): Place => ({ owner, mailbox: mailboxName(mailbox) });
  const reading: MailStore = {
    mailboxes: async () => {
      const found = await reader.call('mailboxes', owner);
      if (found.some(({ name }) => name === INBOX)) return found;
      await writer.call('create', place(INBOX));
      return reader.call('mailboxes', owner);
    },
    list: (mailbox, uids) => reader.call('list', { ...place(mailbox), uids }),
    read: (mailbox, uid, range) => read(house, place(mailbox), uid, range),
    remove: async (mailbox, uids) => unlinked(house, await writer.call('remove', { ...place(mailbox), uids })),
    flag: (mailbox, uids, change, flags, { unchangedSince } = {}) =>
      writer.call('flag', { ...place(mailbox), uids, change, flags, unchangedSince }),
    search: async (mailbox, words) => {
      await indexer.catchUp();
      return reader.call('search', { ...place(mailbox), phrases: searchPhrases(words) });
    },
  };
  if (owner === EVERYTHING) return reading;
  return {
    ...reading,
    append: async (mailbox, how = {}) => {
      await reading.list(mailbox, []);
      const into = { ...place(mailbox), flags: how.flags ?? [], receivedAt: how.receivedAt };
      await house.space.check(0);
      return new AppendedDraft(house, { from: '', to: [] }, { into });
    },
    commitAll: (drafts) => appendAll(house, drafts),
    copy: (mailbox, uids, to) => writer.call('copy', { ...place(mailbox), uids, to: mailboxName(to) }),
    create: async (mailbox) => {
      const name = newMailboxName(mailbox);
      if (name === INBOX) throw mailboxExists(name);
      await writer.call('create', place(name));
    },
    drop: async (mailbox) => {
      if (mailboxName(mailbox) === INBOX) throw new CsError('CS_INPUT', 'INBOX cannot be dropped');
      await unlinked(house, await writer.call('drop', place(mailbox)));
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
