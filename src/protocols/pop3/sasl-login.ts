import { capabilities } from './authorization.ts';
import type { Answer } from './transaction.ts';

const mechanisms = (): string[] => [];

export const SASL = {
  CAPA: (session) => session.lines('what this server can do', capabilities(session, mechanisms())),
  AUTH: (session, { args: [mechanism] }) =>
    mechanism === undefined ? session.lines('mechanisms', mechanisms()) : session.err('no such mechanism'),
} as const satisfies Record<string, Answer>;
