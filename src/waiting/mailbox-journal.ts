/** A mailbox at the far end as a journal of what came into it: a message's cursor is its uid. */
import type { Fact } from '../contracts/journal.ts';
import type { MailEntry, MailStore } from '../contracts/mail.ts';
import { CsError } from '../kit/errors.ts';
import type { Awaiting } from './waiting.ts';

/** Entries that are asked for at once. */
const BATCH = 200;

/** Throws `CS_UNSUPPORTED` for a server that does not tell when mail arrives. */
export function mailboxJournal(mail: MailStore, mailbox: string): Awaiting {
  const { open } = mail;
  if (!mail.watch || !open) {
    throw new CsError('CS_UNSUPPORTED', 'this server does not tell when mail arrives', { hint: 'IMAP with IDLE does' });
  }
  return {
    mark: async () => (await mail.open!(mailbox)).mailbox.uidNext - 1,
    since: (after, _events, signal) => arrivals(mail, mailbox, after, signal),
    claim: async (_cursor, exclusive) => {
      if (!exclusive) return true;
      throw new CsError('CS_UNSUPPORTED', 'a foreign mailbox knows no claims', {
        hint: '--claim is for instances of cs',
      });
    },
  };
}

async function* arrivals(mail: MailStore, mailbox: string, after: number, signal: AbortSignal): AsyncGenerator<Fact> {
  // Listened to before anything is looked at: nothing comes between.
  const hints = mail.watch!(signal)[Symbol.asyncIterator]();
  let hint = hints.next();
  hint.catch(() => {});
  const view = await mail.open!(mailbox);
  let modseq = view.mailbox.highestModseq;
  let uids = [...view.uids].filter((uid) => uid > after);
  let last = after;
  while (!signal.aborted) {
    for (let at = 0; at < uids.length; at += BATCH)
      for (const entry of await mail.list(mailbox, uids.slice(at, at + BATCH))) yield factOf(entry);
    last = uids.at(-1) ?? last;
    const next = await hint;
    if (next.done) return;
    hint = hints.next();
    hint.catch(() => {});
    const news = await newSince(mail, mailbox, modseq);
    modseq = news.modseq;
    uids = news.uids.filter((uid) => uid > last);
  }
}

async function newSince(mail: MailStore, mailbox: string, modseq: number) {
  if (!mail.changes || modseq === 0) {
    const { uids, mailbox: facts } = await mail.open!(mailbox);
    return { uids: [...uids], modseq: facts.highestModseq };
  }
  const { changed, mailbox: facts } = await mail.changes(mailbox, modseq);
  return { uids: changed.map(({ uid }) => uid), modseq: facts.highestModseq };
}

/** As an instance of ours tells it; who it was sent to is what the header says, where the envelope is not known. */
function factOf({ uid, size, receivedAt, envelope, headers }: MailEntry): Fact {
  return {
    cursor: uid,
    ts: receivedAt,
    event: 'mail.stored',
    id: String(uid),
    size,
    from: envelope.from || headers.from,
    to: envelope.to.length > 0 ? envelope.to : headers.to,
    subject: headers.subject,
    header_from: headers.from,
    header_to: headers.to,
    message_id: headers.messageId,
  };
}
