import type { ByteRange, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { EVERYTHING, INBOX, mailboxName, newMailboxName, noMailbox, noMessage } from '../shared/mailbox-name.ts';
import { firstOctets, sliced } from '../shared/octets.ts';
import { matches, SEARCH_LIMIT, searchPhrases, searchText } from '../shared/search-text.ts';
import type { Box } from './box.ts';
import { draft } from './draft.ts';
import type { MemoryHouse } from './house.ts';

/** One owner's view. `*` may look, flag and remove; only owners append, copy and make mailboxes. */
export function mailStoreOf(house: MemoryHouse, owner: string): MailStore {
  const open = (mailbox: string): Box => {
    const name = mailboxName(mailbox);
    const box = house.find(owner, name) ?? (name === INBOX ? house.box(owner, INBOX) : undefined);
    if (!box) throw noMailbox(mailbox);
    return box;
  };
  const reading: MailStore = {
    mailboxes: async () => {
      open(INBOX);
      return house.mailboxesOf(owner).map((box) => box.facts());
    },
    list: async (mailbox, uids) => open(mailbox).entries(uids),
    async *read(mailbox: string, uid: number, range?: ByteRange) {
      const message = open(mailbox).message(uid);
      if (!message) throw noMessage(mailbox, uid);
      yield* sliced(message.chunks, range);
    },
    remove: async (mailbox, uids) => {
      const box = open(mailbox);
      return box.known(uids).filter((uid) => house.takeOut(box, uid)).length;
    },
    flag: async (mailbox, uids, change, flags) => open(mailbox).setFlags(uids, change, flags),
    search: (mailbox, words) => search(open(mailbox), words),
  };
  if (owner === EVERYTHING) return reading;
  return {
    ...reading,
    append: (mailbox, how = {}) => {
      const box = open(mailbox);
      return draft(house, { from: '', to: [] }, { box, flags: how.flags ?? [], receivedAt: how.receivedAt });
    },
    copy: async (mailbox, uids, to) => {
      const [from, target] = [open(mailbox), open(to)];
      return from.known(uids).map((uid) => {
        const message = from.message(uid)!;
        message.places.add(target);
        return target.add(message, from.flags(uid));
      });
    },
    create: async (mailbox) => {
      const name = newMailboxName(mailbox);
      if (name === INBOX || house.find(owner, name)) {
        throw new CsError('CS_INPUT', `mailbox ${JSON.stringify(name)} exists`);
      }
      house.box(owner, name);
    },
    drop: async (mailbox) => {
      const box = open(mailbox);
      if (box.name === INBOX) throw new CsError('CS_INPUT', 'INBOX cannot be dropped');
      house.drop(box);
    },
  };
}

async function search(box: Box, words: string): Promise<readonly number[]> {
  const phrases = searchPhrases(words);
  const found: number[] = [];
  for (const uid of box.known()) {
    const message = box.message(uid);
    if (!message) continue;
    const text = await searchText(message.headers, firstOctets(message.chunks, SEARCH_LIMIT));
    if (matches(text, phrases)) found.push(uid);
    // Parsing resolves without ever leaving the micro tasks; others want their turn too.
    await new Promise(setImmediate);
  }
  return found;
}
