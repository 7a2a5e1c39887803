import { type Answer, bad } from '../answer.ts';

/** A message is a literal, and a command with one goes another way (appending.ts): this one has none. */
export const append: Answer = () => bad('a message is a literal');
export const replace = append;
