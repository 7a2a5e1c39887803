import { type Answer, ok } from '../answer.ts';

export const unselect: Answer = (session, { cursor }) => {
  cursor.end();
  session.leaveMailbox();
  return ok('left');
};
