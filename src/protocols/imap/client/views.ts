/** Views of a mailbox: which messages there are, their flags, what changed. */
import type { FlagState, MailboxView, MailChanges } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';
import { type Account, either, onData, reselect } from './account.ts';
import { FlagSets } from './flag-sets.ts';
import { MESSAGES, news, onFetched, uidsOf } from './mailbox.ts';
import { mailboxFacts } from './mailboxes.ts';

export function openView(account: Account, mailbox: string): Promise<MailboxView> {
  const { pool, names, can } = account;
  const name = names.toServer(mailbox);
  return pool.use(async (session) => {
    await reselect(session, name, names.written(mailbox), false);
    const { facts } = session.selected!;
    const rows: FlagState[] = [];
    const take = onFetched(({ uid, flags = [], modseq = 0 }) => {
      if (uid === undefined) return;
      if (rows.push({ uid, flags, modseq }) > MESSAGES) throw new CsError('CS_PEER_LIMIT', 'a mailbox without end');
    });
    const items = `UID FLAGS${can.has('CONDSTORE') && !facts.has('NOMODSEQ') ? ' MODSEQ' : ''}`;
    if ((facts.get('EXISTS') ?? 0) > 0)
      await session.run({ name: 'FETCH', parts: [`UID FETCH 1:* (${items})`], take: either(take, news) });
    const status = await mailboxFacts(session, mailbox, account);
    return viewOf(status, rows);
  }, name);
}

function viewOf(mailbox: MailboxView['mailbox'], rows: readonly FlagState[]): MailboxView {
  const last = new Map(rows.map((row) => [row.uid, row]));
  const sorted = [...last.values()].sort((a, b) => a.uid - b.uid);
  const sets = new FlagSets();
  return {
    mailbox,
    uids: Uint32Array.from(sorted, ({ uid }) => uid),
    modseqs: Float64Array.from(sorted, ({ modseq }) => modseq),
    flags: Uint32Array.from(sorted, ({ flags }) => sets.index(flags)),
    flagSets: sets.all,
  };
}

/** Needs CONDSTORE; without QRESYNC nobody tells what has gone (RFC 7162 section 3.2). */
export function changesSince(account: Account, mailbox: string, since: number): Promise<MailChanges> {
  const { pool, names, can } = account;
  const name = names.toServer(mailbox);
  const qresync = can.has('QRESYNC');
  return pool.use(async (session) => {
    await reselect(session, name, names.written(mailbox), false);
    const changed = new Map<number, FlagState>();
    const vanished = new Set<number>();
    const take = onFetched(({ uid, flags = [], modseq = 0 }) => {
      if (uid !== undefined) changed.set(uid, { uid, flags, modseq });
    });
    const gone = onData('VANISHED', ({ cursor }) => {
      for (const uid of uidsOf(cursor.rest().replace(/^\(EARLIER\) /i, ''))) vanished.add(uid);
    });
    const how = `(CHANGEDSINCE ${since}${qresync ? ' VANISHED' : ''})`;
    if ((session.selected?.facts.get('EXISTS') ?? 0) > 0 || qresync)
      await session.run({ name: 'FETCH', parts: [`UID FETCH 1:* (UID FLAGS) ${how}`], take: either(take, gone, news) });
    return {
      mailbox: await mailboxFacts(session, mailbox, account),
      changed: [...changed.values()].sort((a, b) => a.uid - b.uid),
      vanished: [...vanished].sort((a, b) => a - b),
      complete: qresync,
    };
  }, name);
}
