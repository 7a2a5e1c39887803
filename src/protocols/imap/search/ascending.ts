/** Ascending numbers, none twice: what of two such columns is in both, in either, in one only. Linear, without a hash. */
import type { Range } from '../syntax/sequence-set.ts';

export type Ascending = Uint32Array;

export function union(one: Ascending, other: Ascending): Ascending {
  if (one.length === 0) return other;
  if (other.length === 0) return one;
  const all = new Uint32Array(one.length + other.length);
  let [a, b, end] = [0, 0, 0];
  while (a < one.length || b < other.length) {
    const [first, second] = [one[a] ?? Number.POSITIVE_INFINITY, other[b] ?? Number.POSITIVE_INFINITY];
    all[end++] = Math.min(first, second);
    if (first <= second) a += 1;
    if (second <= first) b += 1;
  }
  return all.subarray(0, end);
}

export function common(one: Ascending, other: Ascending): Ascending {
  return sifted(one, other, true);
}

export function without(one: Ascending, other: Ascending): Ascending {
  return other.length === 0 ? one : sifted(one, other, false);
}

/** Those inside the ranges, which ascend and do not touch; the end of a range is not its own. */
export function within(all: Ascending, ranges: readonly Range[]): Ascending {
  const pieces = ranges.map(([from, to]) => all.subarray(lowerBound(all, from), lowerBound(all, to)));
  if (pieces.length === 1) return pieces[0]!;
  const found = new Uint32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    found.set(piece, end);
    end += piece.length;
  }
  return found;
}

function sifted(one: Ascending, other: Ascending, shared: boolean): Ascending {
  const kept = new Uint32Array(one.length);
  let [end, b] = [0, 0];
  for (const number of one) {
    while (b < other.length && other[b]! < number) b += 1;
    if ((other[b] === number) === shared) kept[end++] = number;
  }
  return kept.subarray(0, end);
}

function lowerBound(all: Ascending, number: number): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (all[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
