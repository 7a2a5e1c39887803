import { CsError } from '../../kit/errors.ts';
import { suggest } from '../../kit/suggest.ts';

const KINDS = ['mail'] as const;

/** The operand of `cs mark` and `cs clear`; mail when there is none. */
export function kindOf(operands: readonly string[], verb: string): (typeof KINDS)[number] {
  const [word = 'mail'] = operands;
  const kind = KINDS.find((one) => one === word);
  if (kind !== undefined) return kind;
  const near = suggest(word, KINDS);
  throw new CsError('CS_USAGE', `cs ${verb} does not know ${JSON.stringify(word)}`, {
    hint: near ? `did you mean cs ${verb} ${near}?` : `cs ${verb} mail`,
  });
}
