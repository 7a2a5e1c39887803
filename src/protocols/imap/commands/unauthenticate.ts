import { type Answer, ok } from '../answer.ts';
import { capabilities } from '../capabilities.ts';

/** RFC 8437: the connection is as it was before the login, not deflated any more; TLS stays. */
export const unauthenticate: Answer = async (session, { tag, cursor }) => {
  cursor.end();
  session.logOut();
  const reply = ok('nobody', `CAPABILITY ${(await capabilities(session)).join(' ')}`);
  const { undone } = session.channel;
  if (!undone) return reply;
  session.answer(tag, reply);
  await session.flush();
  // What was deflated behind this command is nobody's (section 4.1).
  session.reader.release();
  session.channel = undone();
  session.compressed = false;
  return undefined;
};
