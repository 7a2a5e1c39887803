/** Which messages a command is about. */
import { CsError } from '../../kit/errors.ts';
import type { Session } from './session.ts';
import type { Cursor } from './syntax/cursor.ts';
import { readSet, type SequenceSet } from './syntax/sequence-set.ts';

/** Ascending indices of the messages a sequence set or `$` names; numbers that name none are passed over. */
export function readIndices(session: Session, cursor: Cursor, byUid: boolean): Uint32Array {
  return indicesOf(session, readSet(cursor), byUid);
}

export function indicesOf({ view, saved }: Session, set: SequenceSet | 'saved', byUid: boolean): Uint32Array {
  if (set !== 'saved') return view!.indices(set, byUid);
  return Uint32Array.from(saved.map((uid) => view!.indexOf(uid)).filter((index) => index !== -1));
}

export function noSuchMailbox(): CsError {
  return new CsError('CS_NOT_FOUND', 'no such mailbox');
}
