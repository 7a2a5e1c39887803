import { type Answer, no, ok } from '../answer.ts';
import { capabilities } from '../capabilities.ts';

/** RFC 8437: the connection is as it was before the login; TLS stays. */
export const unauthenticate: Answer = async (session, { cursor }) => {
  cursor.end();
  // What the deflated stream would be worth to the next user is not said anywhere: it is not offered then.
  if (session.compressed) return no('not behind DEFLATE', 'CANNOT');
  session.logOut();
  return ok('nobody', `CAPABILITY ${(await capabilities(session)).join(' ')}`);
};
