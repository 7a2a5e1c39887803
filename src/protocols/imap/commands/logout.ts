import { type Answer, formatReply, ok } from '../answer.ts';

export const logout: Answer = async (session, { tag, cursor }) => {
  cursor.end();
  session.leaveMailbox();
  session.conn.phase = 'Q';
  session.tell('BYE bye');
  session.out.text(formatReply(tag, ok('bye')));
  session.over = true;
  return undefined;
};
