import { type Answer, ok } from '../answer.ts';

/** RFC 2342: one's own, from the top. */
export const namespace: Answer = (session, { cursor }) => {
  cursor.end();
  session.tell('NAMESPACE (("" "/")) NIL NIL');
  return ok('that is all');
};
