/** EXPUNGE (RFC 9051 section 6.4.3) and UID EXPUNGE (RFC 4315 section 2.1). */
import { type Answer, ok } from '../answer.ts';
import { readIndices } from '../messages.ts';
import { foldNews } from '../news.ts';
import type { Session } from '../session.ts';

export const expunge: Answer = async (session, { cursor, uid }) => {
  let among: ReadonlySet<number> | undefined;
  if (uid) {
    cursor.space();
    among = new Set(session.view!.uidsOf(readIndices(session, cursor, true)));
  }
  cursor.end();
  const view = session.writable;
  const uids = (await deletedUids(session)).filter((one) => among?.has(one) ?? true);
  if (uids.length > 0) await session.store!.remove(view.name, uids);
  await foldNews(session);
  return ok('removed', uids.length > 0 ? highest(session) : undefined);
};

/** Marked `\Deleted`, by whomever. */
export async function deletedUids(session: Session): Promise<number[]> {
  await foldNews(session);
  const view = session.view!;
  const marked = view.flagSets.map((flags) => flags.includes('\\Deleted'));
  const uids: number[] = [];
  for (let index = 0; index < view.count; index++) {
    if (marked[view.flagSet(index)] && !view.isGone(index)) uids.push(view.uid(index));
  }
  return uids;
}

/** RFC 7162 section 3.2.10: so that a client that keeps a mailbox by its modseq need not ask again. */
export function highest(session: Session): string | undefined {
  return session.condstore ? `HIGHESTMODSEQ ${session.view!.since}` : undefined;
}
