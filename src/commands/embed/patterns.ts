import { CsError } from '../../kit/errors.ts';
import type { WaitOrder } from '../../waiting/waiting.ts';
import type { Pattern, WaitOptions } from './fixture.ts';

/** Milliseconds that a test waits if it does not say. */
const PATIENCE = 5000;
/** What an expression may carry that decides what it finds. */
const FLAGS = /^[imsu]*$/;

/** As the command line writes it. Throws `CS_USAGE` for flags that mean something else there (`g`, `y`, `v`). */
export function written(pattern: Pattern | undefined): string | undefined {
  if (pattern === undefined || typeof pattern === 'string') return pattern;
  const flags = pattern.flags.replace(/[gd]/g, '');
  if (!FLAGS.test(flags)) throw new CsError('CS_USAGE', `a pattern cannot have the flags ${pattern.flags}`);
  return `/${pattern.source}/${flags}`;
}

export function pairs(given: { readonly [name: string]: Pattern } = {}, between: string): readonly string[] {
  return Object.entries(given).map(([name, pattern]) => `${name}${between}${written(pattern)}`);
}

export function orderOf({ after = 0, timeout = PATIENCE, claim = false }: WaitOptions, silence?: number): WaitOrder {
  return { after, claim, count: undefined, silence, timeout, signal: new AbortController().signal };
}
