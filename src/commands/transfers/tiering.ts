import { setFlagsFromString } from 'node:v8';

/** Octets of byte code that a function runs before it is worth the optimizing compiler; V8's own is 66 KiB. */
const BUDGET = 10_000_000;

/**
 * Thousands of small files keep a hundred functions warm and none hot. What V8's compiling threads would save them is less
 * than they cost, and they take the core on which the far end works (docs/performance.md). V8 12 and later do not know
 * the flag.
 */
export function optimizeLate(v8 = process.versions.v8): void {
  if (v8.startsWith('11.')) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
