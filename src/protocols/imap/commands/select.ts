/** SELECT and EXAMINE (RFC 9051 section 6.3.2), with CONDSTORE and QRESYNC (RFC 7162 sections 3.1.8 and 3.2.5). */
import { type Answer, bad, ok, UID_REQUIRED } from '../answer.ts';
import { readMailbox, shownName } from '../mailbox.ts';
import { knowsIds, mailboxId } from '../object-ids.ts';
import { type Resync, readQresync, resync } from '../qresync.ts';
import type { Session } from '../session.ts';
import type { Cursor } from '../syntax/cursor.ts';
import { formatFlags, SYSTEM_FLAGS } from '../syntax/flags.ts';
import { View } from '../view.ts';
import { watchMailbox } from '../watching.ts';

interface Wish {
  readonly name: string;
  readonly condstore: boolean;
  readonly resync: Resync | undefined;
}

const selecting =
  (readOnly: boolean): Answer =>
  async (session, { cursor }) => {
    const wish = readWish(session, cursor);
    // RFC 7162 section 3.2.5.
    if (wish.resync && !session.qresync) return bad('ENABLE QRESYNC first', 'CLIENTBUG');
    if (wish.resync?.numbered && session.uidOnly) return UID_REQUIRED;
    if (wish.condstore) session.enabled.add('CONDSTORE');
    if (session.view) session.tell('OK [CLOSED] the mailbox before');
    // Also where the new one cannot be opened (RFC 9051 section 6.3.2).
    session.leaveMailbox();
    const store = session.store!;
    const view = new View(await store.open(wish.name), readOnly || !store.flag);
    session.view = view;
    watchMailbox(session);
    tellMailbox(session, view);
    if (wish.resync) await resync(session, view, wish.resync);
    return view.readOnly ? ok('to read only', 'READ-ONLY') : ok('opened', 'READ-WRITE');
  };

export const select = selecting(false);
export const examine = selecting(true);

function readWish(session: Session, cursor: Cursor): Wish {
  cursor.space();
  const name = readMailbox(session, cursor);
  let condstore = false;
  let wanted: Resync | undefined;
  if (cursor.accept(' ')) {
    cursor.list(() => {
      const parameter = cursor.word('CONDSTORE or QRESYNC');
      if (parameter === 'CONDSTORE') condstore = true;
      else if (parameter === 'QRESYNC') wanted = readQresync(cursor);
      else throw cursor.fault('CONDSTORE or QRESYNC');
    });
  }
  cursor.end();
  return { name, condstore, resync: wanted };
}

function tellMailbox(session: Session, view: View): void {
  const { mailbox } = view;
  const system = new Set<string>(SYSTEM_FLAGS);
  const keywords = view.usedFlags().filter((flag) => !system.has(flag));
  session.tell(`FLAGS ${formatFlags([...SYSTEM_FLAGS, ...keywords])}`);
  const permanent = view.readOnly ? [] : [...SYSTEM_FLAGS, ...keywords, '\\*'];
  session.tell(`OK [PERMANENTFLAGS ${formatFlags(permanent)}] flags that stay`);
  session.tell(`${view.count} EXISTS`);
  // RFC 3501 only: nobody is told first here, so nothing is recent.
  if (!session.rev2) session.tell('0 RECENT');
  const unseen = session.rev2 || session.uidOnly ? -1 : view.firstUnseen();
  if (unseen !== -1) session.tell(`OK [UNSEEN ${unseen + 1}] the first one unseen`);
  session.tell(`OK [UIDVALIDITY ${mailbox.uidValidity}] uids hold`);
  session.tell(`OK [UIDNEXT ${mailbox.uidNext}] the next uid`);
  session.tell(`OK [HIGHESTMODSEQ ${mailbox.highestModseq}] the last change`);
  if (knowsIds(session)) session.tell(`OK [MAILBOXID (${mailboxId(session, mailbox)})] its id`);
  if (session.rev2) session.tell(`LIST () "/" ${shownName(session, mailbox.name)}`);
}
