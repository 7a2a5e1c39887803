import { asCsError } from '../../../kit/errors.ts';
import { type Answer, failureReply, no, ok, type Reply } from '../answer.ts';
import { readMailbox } from '../mailbox.ts';
import { readIndices } from '../messages.ts';
import { withProgress } from '../progress.ts';
import { formatSet } from '../syntax/sequence-set.ts';

export const copy: Answer = async (session, { tag, cursor, uid }) => {
  cursor.space();
  const indices = readIndices(session, cursor, uid);
  cursor.space();
  const to = readMailbox(session, cursor);
  cursor.end();
  const view = session.view!;
  if (indices.length === 0) return nothingNamed(uid);
  try {
    const work = () => session.able('copy')(view.name, view.uidsOf(indices), to);
    const copied = await withProgress(session, tag, work);
    // All or none (RFC 9051 section 6.4.7), but what is gone cannot be had.
    if (copied.from.length === 0) return no('they are gone', 'EXPUNGEISSUED');
    return ok('copied', `COPYUID ${copied.uidValidity} ${formatSet(copied.from)} ${formatSet(copied.to)}`);
  } catch (error) {
    return copyFailure(error);
  }
};

/** Uids that are not there are no error (RFC 9051 section 6.4.9); numbers of no message are one. */
export function nothingNamed(uid: boolean): Reply {
  return uid ? ok('none of them is here') : no('no such messages');
}

/** A mailbox to put messages into that is not there can be made first (RFC 9051 section 7.1, TRYCREATE). */
export function copyFailure(error: unknown): Reply {
  const failure = asCsError(error);
  const reply = failureReply(failure);
  if (failure.blame === 'bug') throw error;
  return failure.code === 'CS_NOT_FOUND' ? { ...reply, code: 'TRYCREATE' } : reply;
}
