import { CsError } from '../../kit/errors.ts';
import { suggest } from '../../kit/suggest.ts';

/** What is waited for. A cursor is the same for all of them; the word says what it is going to be used for. */
export const KINDS = ['mail', 'request', 'file'] as const;
/** The facts of what is told, not kept. */
export const EVENTS = { request: 'request', file: 'file.stored' } as const;

/** The operand of `cs mark` and `cs clear`; mail when there is none. */
export function kindOf<K extends string>(operands: readonly string[], verb: string, kinds: readonly K[]): K {
  const [word = 'mail'] = operands;
  const kind = kinds.find((one) => one === word);
  if (kind !== undefined) return kind;
  const near = suggest(word, kinds);
  throw new CsError('CS_USAGE', `cs ${verb} does not know ${JSON.stringify(word)}`, {
    hint: near ? `did you mean cs ${verb} ${near}?` : `cs ${verb} ${kinds.join('|')}`,
  });
}
