import { type Answer, ok } from '../answer.ts';

export const noop: Answer = (_, { cursor }) => {
  cursor.end();
  return ok('nothing done');
};
