import { type Answer, ok } from '../answer.ts';
import { deletedUids } from './expunge.ts';

export const close: Answer = async (session, { cursor }) => {
  cursor.end();
  const view = session.view!;
  const uids = view.readOnly ? [] : await deletedUids(session);
  if (uids.length > 0) await session.store!.remove(view.name, uids);
  session.leaveMailbox();
  // Without HIGHESTMODSEQ: not everything up to it was told (RFC 7162 section 3.2.8).
  return ok('left');
};
