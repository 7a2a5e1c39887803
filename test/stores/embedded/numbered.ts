import { message } from '../../conformance/harness.ts';

/** A message that its number alone tells, so that whoever finds it can check it; every fifth is large enough for a file. */
export function numbered(n: number): Buffer {
  return message(`m${n}`, `${n} `.repeat(n % 5 === 4 ? 100_000 : 10 + (n % 200)));
}
