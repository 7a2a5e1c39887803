import { setFlagsFromString } from 'node:v8';
import type { Crew } from './crew.ts';

/** Files from which on the optimizing compiler is worth what it costs. */
const MANY = 3000;
/** How often V8 finds a function warm before it optimizes it, and octets of byte code up to which once is enough. */
const USUAL = { 'ticks-before-optimization': 3, 'max-bytecode-size-for-early-opt': 81 };
const NEVER: typeof USUAL = { 'ticks-before-optimization': 1_000_000, 'max-bytecode-size-for-early-opt': 0 };

/**
 * A thousand small files keep a hundred functions warm and none hot. What V8's compiling threads would save them is less
 * than they cost, and they take the core on which the far end works; ten thousand files they save a tenth
 * (docs/performance.md). What was warm meanwhile has been counted, and is optimized at once. V8 12 and later have other
 * tiers.
 */
export function optimizeLate(crew: Pick<Crew, 'after'>, v8 = process.versions.v8): void {
  if (!v8.startsWith('11.')) return;
  set(NEVER);
  crew.after(MANY, () => set(USUAL));
}

function set(flags: typeof USUAL): void {
  for (const [name, value] of Object.entries(flags)) setFlagsFromString(`--${name}=${value}`);
}
