import type { ByteRange, Copied, MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import {
  EVERYTHING,
  INBOX,
  mailboxExists,
  mailboxName,
  newMailboxName,
  newSubscription,
  noMailbox,
  noMessage,
  renamed,
  specialUse,
} from '../shared/mailbox-name.ts';
import { sliced } from '../shared/octets.ts';
import type { Box } from './box.ts';
import { appended, commitAll, replace } from './draft.ts';
import type { MemoryHouse } from './house.ts';
import { containing, scan, search } from './look.ts';
import type { Message } from './message.ts';

/** One owner's view. `*` may look, flag and remove; only owners append, copy and make mailboxes. */
export function mailStoreOf(house: MemoryHouse, owner: string): MailStore {
  const open = (mailbox: string): Box => {
    const name = mailboxName(mailbox);
    const box = house.find(owner, name) ?? (name === INBOX ? house.box(owner, INBOX) : undefined);
    if (!box) throw noMailbox(mailbox);
    return box;
  };
  const subscribed = ({ name }: Box): boolean => house.owner(owner).subscribed.has(name);
  const charge = (message: Message): void => house.charge(message);
  const reading: MailStore = {
    era: house.era,
    mailboxes: async () => {
      open(INBOX);
      return [...house.owner(owner).boxes.values()].map((box) => box.facts(subscribed(box)));
    },
    list: async (mailbox, uids) => open(mailbox).entries(uids),
    async *read(mailbox: string, uid: number, range?: ByteRange) {
      const message = open(mailbox).message(uid);
      if (!message) throw noMessage(mailbox, uid);
      yield* sliced(message.chunks, range);
    },
    origin: async (mailbox, uid) => {
      const message = open(mailbox).message(uid);
      if (!message) throw noMessage(mailbox, uid);
      return message.origin;
    },
    remove: async (mailbox, uids) => {
      const box = open(mailbox);
      return box.known(uids).filter((uid) => house.takeOut(box, uid)).length;
    },
    open: async (mailbox) => {
      const box = open(mailbox);
      return box.view(subscribed(box));
    },
    changes: async (mailbox, since) => {
      const box = open(mailbox);
      return box.changes(since, subscribed(box));
    },
    watch: (signal) => house.hints.watch(owner, signal),
    scan: (mailbox, uids, wish) => scan(() => open(mailbox), uids, wish, charge),
    contains: async (mailbox, where, text, uids) => containing(open(mailbox), where, text, uids, charge),
    flag: async (mailbox, uids, change, flags, how) => open(mailbox).setFlags(uids, change, flags, how?.unchangedSince),
    subscriptions: async () => [...house.owner(owner).subscribed],
    search: (mailbox, words) => search(open(mailbox), words, charge),
    quota: async () => house.owner(owner).usage(owner === EVERYTHING ? NO_QUOTA : house.quotaOf(owner)),
  };
  return owner === EVERYTHING ? reading : { ...reading, ...changing(house, owner, open) };
}

const NO_QUOTA = { bytes: undefined, messages: undefined };

type Changing = Pick<
  MailStore,
  'append' | 'commitAll' | 'replace' | 'copy' | 'move' | 'create' | 'drop' | 'rename' | 'subscribe'
>;

function changing(house: MemoryHouse, owner: string, open: (mailbox: string) => Box): Changing {
  return {
    append: (mailbox, { flags = [], receivedAt } = {}) => appended(house, { box: open(mailbox), flags, receivedAt }),
    commitAll: async (drafts) => commitAll(house, drafts),
    replace: async (mailbox, uid, draft) => replace(house, open(mailbox), uid, draft),
    copy: async (mailbox, uids, to) => copy(house, open(mailbox), uids, open(to)),
    move: async (mailbox, uids, to) => move(open(mailbox), uids, open(to)),
    create: async (mailbox, how) => {
      const name = newMailboxName(mailbox);
      const use = specialUse(how?.use);
      if (name === INBOX || house.find(owner, name)) throw mailboxExists(name);
      house.box(owner, name, use.length > 0 ? use : undefined);
    },
    drop: async (mailbox) => {
      const box = open(mailbox);
      if (box.name === INBOX) throw new CsError('CS_INPUT', 'INBOX cannot be dropped');
      house.drop(box);
    },
    rename: async (mailbox, to) => {
      const from = mailboxName(mailbox);
      const names = [...house.owner(owner).boxes.keys()];
      if (from !== INBOX) return house.rename(owner, renamed(names, from, to));
      const name = newMailboxName(to);
      if (name === INBOX || house.find(owner, name)) throw mailboxExists(name);
      const inbox = open(INBOX);
      move(inbox, inbox.known(), house.box(owner, name));
    },
    subscribe: async (mailbox, on) => {
      const known = house.owner(owner);
      known.subscribe(on ? newSubscription(mailbox, known.subscribed.size) : mailboxName(mailbox), on);
      house.hints.tell(owner, mailboxName(mailbox));
    },
  };
}

function copy(house: MemoryHouse, from: Box, uids: Iterable<number>, to: Box): Copied {
  const known = from.known(uids);
  const octets = known.reduce((sum, uid) => sum + from.message(uid)!.size, 0);
  house.owner(to.owner).take(house.quotaOf(to.owner), octets, known.length);
  return { uidValidity: to.uidValidity, from: known, to: known.map((uid) => place(from, uid, to)) };
}

function move(from: Box, uids: Iterable<number>, to: Box): Copied {
  const known = from.known(uids);
  const placed = known.map((uid) => {
    const at = place(from, uid, to);
    from.remove(uid);
    return at;
  });
  return { uidValidity: to.uidValidity, from: known, to: placed };
}

function place(from: Box, uid: number, to: Box): number {
  const { message, flags } = from.held(uid)!;
  message.places.add(to);
  return to.add(message, flags);
}
