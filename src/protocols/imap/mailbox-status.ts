/** The figures of STATUS, and of LIST RETURN (STATUS ...) (RFC 5819). */
import type { Mailbox } from '../../contracts/mail.ts';
import { shownName } from './mailbox.ts';
import { mailboxId } from './object-ids.ts';
import type { Session } from './session.ts';
import type { Cursor } from './syntax/cursor.ts';

type Figure = (mailbox: Mailbox, session: Session) => number | string | Promise<number | string>;

const FIGURES: Readonly<Record<string, Figure>> = {
  MESSAGES: ({ messages }) => messages,
  RECENT: () => 0,
  UIDNEXT: ({ uidNext }) => uidNext,
  UIDVALIDITY: ({ uidValidity }) => uidValidity,
  UNSEEN: ({ unseen }) => unseen,
  SIZE: ({ bytes }) => bytes,
  HIGHESTMODSEQ: ({ highestModseq }) => highestModseq,
  MAILBOXID: (mailbox, session) => `(${mailboxId(session, mailbox)})`,
  APPENDLIMIT: (_, { ctx }) => ctx.options.appendLimit,
  DELETED: async ({ name }, session) => (await deleted(session, name)).length,
  /** Octets: what EXPUNGE would give back (RFC 9208 section 4.1.4). */
  'DELETED-STORAGE': async ({ name }, session) => {
    let octets = 0;
    for await (const batch of session.able('scan')(name, await deleted(session, name), {})) {
      for (const { size } of batch) octets += size;
    }
    return octets;
  },
};

/** Uids of what is marked. */
async function deleted({ store }: Session, name: string): Promise<Uint32Array> {
  const { uids, flags, flagSets } = await store!.open(name);
  const marked = flagSets.map((set) => set.includes('\\Deleted'));
  return uids.filter((_, at) => marked[flags[at]!]);
}

export function readStatusItems(cursor: Cursor): readonly string[] {
  const items = cursor.list(() => cursor.word('an item'));
  const unknown = items.find((item) => !Object.hasOwn(FIGURES, item));
  if (unknown !== undefined || items.length === 0) throw cursor.fault('items of STATUS');
  return items;
}

export async function tellStatus(session: Session, mailbox: Mailbox, items: readonly string[]): Promise<void> {
  const figures: string[] = [];
  for (const item of items) figures.push(`${item} ${await FIGURES[item]!(mailbox, session)}`);
  if (items.includes('HIGHESTMODSEQ')) session.enabled.add('CONDSTORE');
  session.tell(`STATUS ${shownName(session, mailbox.name)} (${figures.join(' ')})`);
}
