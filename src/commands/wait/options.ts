/** What every `cs wait` for a fact takes. */

import { CsError } from '../../kit/errors.ts';
import type { Values } from '../../kit/option.ts';
import * as o from '../../kit/option.ts';
import type { WaitOrder } from '../../waiting/waiting.ts';

export const pattern = 'text in any case, or /regex/i';

export const waitOptions = {
  after: o.number('only what happened after this cursor (cs mark)', { value: 'CURSOR' }),
  claim: o.flag('take the match, so that no other --claim gets it'),
  count: o.number('assert that exactly so many match', { min: 1, value: 'N' }),
  none: o.flag('assert that nothing matches, for as long as --for says'),
  for: o.duration('how long --none listens'),
};

type Given = Values<typeof waitOptions> & { readonly timeout: number };

/** Throws `CS_USAGE` for what makes no sense together. */
export function waitOrder(given: Given, signal: AbortSignal, kind: string, more: readonly string[] = []): WaitOrder {
  if (given.none !== (given.for !== undefined)) {
    throw new CsError('CS_USAGE', '--none and --for DUR belong together', { hint: `cs wait ${kind} --none --for 2s` });
  }
  if (given.none && (given.claim || given.count !== undefined || more.length > 0)) {
    throw new CsError('CS_USAGE', `--none goes with no ${['--claim', '--count', ...more].join(', ')}`);
  }
  return {
    after: given.after ?? 0,
    claim: given.claim,
    count: given.count,
    silence: given.for,
    timeout: given.timeout,
    signal,
  };
}
