import { type Answer, ok } from '../answer.ts';
import { capabilities } from '../capabilities.ts';

export const capability: Answer = async (session, { cursor }) => {
  cursor.end();
  session.tell(`CAPABILITY ${(await capabilities(session)).join(' ')}`);
  return ok('that is all');
};
