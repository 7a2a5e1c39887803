/** What is fuzzed: everything that reads octets of strangers. */
import { CsError } from '../../src/kit/errors.ts';
import type { Chance } from './chance.ts';

export interface Wire {
  readonly name: string;
  /** What is right, one octet a character: inputs are made from these. */
  readonly seeds: readonly string[];
  /** Pieces that mean something, or nearly. */
  readonly words: readonly string[];
  /** Throws (or rejects) only for a fault of ours. A conversation resolves when it is over. */
  readonly fuzz: (data: Buffer, chance: Chance) => void | Promise<void>;
}

/** Only our own errors, and none that says it is a bug, may come out of a parser. */
export function tame(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    blameless(error);
  }
}

export async function tameLater(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    blameless(error);
  }
}

export function blameless(error: unknown): void {
  if (!(error instanceof CsError) || error.code === 'CS_BUG') throw error;
}

/** The octets as a network may bring them: in one piece, cut once, cut often, an octet at a time. */
export function pieces(data: Buffer, chance: Chance): Buffer[] {
  const how = chance.next();
  if (how < 0.5 || data.length < 2) return [data];
  if (how < 0.9) {
    const cut = 1 + chance.below(data.length - 1);
    return [data.subarray(0, cut), data.subarray(cut)];
  }
  const step = data.length > 512 ? Math.ceil(data.length / 64) : 1 + chance.below(3);
  return Array.from({ length: Math.ceil(data.length / step) }, (_, at) => data.subarray(at * step, (at + 1) * step));
}
