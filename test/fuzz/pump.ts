/** Time against size: one piece of an input pumped up, and how the work grows with it. */
import { Chance } from './chance.ts';
import { mutated } from './mutate.ts';
import type { Wire } from './wire.ts';

/** `seed` names the shape: which input, which piece of it, and where it is repeated until there are `size` octets. */
export function pumped(wire: Wire, seed: number, size: number): Buffer {
  const chance = new Chance(seed);
  const text = chance.next() < 0.7 ? chance.pick(wire.seeds) : mutated(wire, chance).toString('latin1').slice(0, 2000);
  const start = chance.below(text.length + 1);
  const slice = text.slice(start, start + 1 + chance.below(chance.next() < 0.5 ? 3 : 60));
  const word = chance.pick(wire.words);
  const both = chance.pick(wire.words) + chance.pick(wire.words);
  const piece = chance.pick([slice, word, both, slice + word]) || ' ';
  const before = text.slice(0, start);
  const after = chance.next() < 0.5 ? text.slice(start) : '';
  return Buffer.from(before + piece.repeat(Math.ceil(size / piece.length)) + after, 'latin1');
}

/** Milliseconds of processor that one input takes, the least of a few tries. @param cut how it comes in pieces */
export async function cost(wire: Wire, seed: number, size: number, tries = 3, cut = seed): Promise<number> {
  const data = pumped(wire, seed, size);
  let least = Number.POSITIVE_INFINITY;
  for (let left = tries; left > 0; left--) {
    const before = process.cpuUsage();
    await wire.fuzz(data, new Chance(cut));
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const CUTS = 6;
/** From here on it is looked at whether it goes on like that. */
const STEEP = 1.4;

/** A step (a buffer that is too small from some size on) is steep once; a square is as steep at twice the size. What is refused there tells nothing. */
async function further(wire: Wire, seed: number, size: number, most: number, exponent: number): Promise<number> {
  const last = Math.log2((await worst(wire, seed, 2 * size)) / most);
  return last > 0.5 ? Math.min(exponent, last) : exponent;
}

/** The most that it takes in any of some ways to cut it in pieces: one cut may miss what is slow at one size and meet it at another. */
async function worst(wire: Wire, seed: number, size: number): Promise<number> {
  let most = 0;
  for (let cut = seed; cut < seed + CUTS; cut++) most = Math.max(most, await cost(wire, seed, size, 2, cut));
  return most;
}

export interface Growth {
  readonly seed: number;
  /** 1: as the size; 2: as its square. */
  readonly exponent: number;
  /** Milliseconds at the largest size. */
  readonly most: number;
}

/** The shapes that take longer than `floor` milliseconds at `size`, with how their work grew over the last two doublings. */
export async function growing(
  wire: Wire,
  seeds: Iterable<number>,
  { size, floor }: { readonly size: number; readonly floor: number },
): Promise<Growth[]> {
  const found: Growth[] = [];
  for (const seed of seeds) {
    if ((await cost(wire, seed, size, 1)) < floor) continue;
    const most = await worst(wire, seed, size);
    if (most < floor) continue;
    const quarter = await worst(wire, seed, size / 4);
    const exponent = Math.log2(most / Math.max(quarter, 0.01)) / 2;
    found.push({ seed, most, exponent: exponent < STEEP ? exponent : await further(wire, seed, size, most, exponent) });
  }
  return found;
}
