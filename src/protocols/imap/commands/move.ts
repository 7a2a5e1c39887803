/** MOVE (RFC 6851): COPYUID goes ahead of the EXPUNGEs, untagged. */
import { type Answer, no, ok } from '../answer.ts';
import { readMailbox } from '../mailbox.ts';
import { readIndices } from '../messages.ts';
import { foldNews } from '../news.ts';
import { withProgress } from '../progress.ts';
import { formatSet } from '../syntax/sequence-set.ts';
import { copyFailure, nothingNamed } from './copy.ts';
import { highest } from './expunge.ts';

export const move: Answer = async (session, { tag, cursor, uid }) => {
  cursor.space();
  const indices = readIndices(session, cursor, uid);
  cursor.space();
  const to = readMailbox(session, cursor);
  cursor.end();
  const view = session.writable;
  if (indices.length === 0) return nothingNamed(uid);
  try {
    const work = () => session.able('move')(view.name, view.uidsOf(indices), to);
    const { uidValidity, from, to: uids } = await withProgress(session, tag, work);
    if (from.length === 0) return no('they are gone', 'EXPUNGEISSUED');
    session.tell(`OK [COPYUID ${uidValidity} ${formatSet(from)} ${formatSet(uids)}] moved`);
  } catch (error) {
    return copyFailure(error);
  }
  await foldNews(session);
  return session.over ? undefined : ok('moved', highest(session));
};
