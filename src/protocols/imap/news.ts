/** What happened in the selected mailbox without this session's doing (RFC 9051 section 7). */
import { asCsError } from '../../kit/errors.ts';
import type { Session } from './session.ts';
import { formatFlags } from './syntax/flags.ts';
import { formatSet } from './syntax/sequence-set.ts';
import type { View } from './view.ts';

/** Fold in what happened, and tell it. A mailbox that is no more ends the connection: its numbers mean nothing now. */
export async function tellNews(session: Session, how: { readonly expunge: boolean }): Promise<void> {
  if (!session.view) return;
  await foldNews(session);
  if (!session.over) report(session, how);
}

export async function foldNews(session: Session): Promise<void> {
  const view = session.view!;
  session.hinted = false;
  try {
    const changes = await session.store!.changes(view.name, view.since);
    if (changes.mailbox.uidValidity === view.mailbox.uidValidity) return view.apply(changes);
  } catch (error) {
    if (asCsError(error).code !== 'CS_NOT_FOUND') throw error;
  }
  await session.bye('the mailbox is gone');
}

/** What was folded in and not told yet. */
export function report(session: Session, { expunge }: { readonly expunge: boolean }): void {
  const view = session.view!;
  if (expunge) tellGone(session, view);
  const exists = view.takeExists();
  if (exists !== undefined) session.tell(`${exists} EXISTS`);
  for (const index of view.takeDirty()) tellFlags(session, view, index);
}

function tellGone(session: Session, view: View): void {
  const { indices, uids } = view.takeGone();
  if (uids.length === 0) return;
  if (session.qresync || session.uidOnly) {
    session.tell(`VANISHED ${formatSet(uids)}`);
    return;
  }
  // From the highest down, so that no number changes under another.
  for (let at = indices.length - 1; at >= 0; at--) session.tell(`${indices[at]! + 1} EXPUNGE`);
}

export function tellFlags(session: Session, view: View, index: number, uid = session.condstore || session.rev2): void {
  const items = [
    ...(uid && !session.uidOnly ? [`UID ${view.uid(index)}`] : []),
    `FLAGS ${formatFlags(view.flags(index))}`,
    ...(session.condstore ? [`MODSEQ (${view.modseq(index)})`] : []),
  ];
  session.tell(`${session.about(index)} (${items.join(' ')})`);
}
