import { type Answer, no, ok } from '../answer.ts';
import { readMailbox } from '../mailbox.ts';

export const remove: Answer = async (session, { cursor }) => {
  cursor.space();
  const name = readMailbox(session, cursor);
  cursor.end();
  if (name === 'INBOX') return no('INBOX stays', 'CANNOT');
  await session.able('drop')(name);
  if (session.view?.name === name) {
    session.leaveMailbox();
    session.tell('OK [CLOSED] the mailbox is gone');
  }
  return ok('removed');
};
