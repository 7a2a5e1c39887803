import { type Answer, ok } from '../answer.ts';

/** RFC 3501 section 6.4.1. What was answered is stored: there is nothing left to check. */
export const check: Answer = (_, { cursor }) => {
  cursor.end();
  return ok('all is stored');
};
