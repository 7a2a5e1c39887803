import { CsError } from '../../kit/errors.ts';
import { suggest } from '../../kit/suggest.ts';

const KINDS = ['mail'] as const;

/** The operand of `cs mark` and `cs clear`; mail when there is none. */
export function kindOf(operands: readonly string[], verb: string): (typeof KINDS)[number] {
  const [word = 'mail', more] = operands;
  const kind = KINDS.find((one) => one === word);
  if (kind !== undefined && more === undefined) return kind;
  const wrong = kind === undefined ? word : (more ?? '');
  const near = suggest(wrong, KINDS);
  throw new CsError('CS_USAGE', `cs ${verb} does not know ${JSON.stringify(wrong)}`, {
    hint: near ? `did you mean cs ${verb} ${near}?` : `cs ${verb} mail`,
  });
}
