/** Sets of message numbers or uids (RFC 9051 section 9, sequence-set): kept as written, normalised when they are used. */
import type { Cursor } from './cursor.ts';

const SET = /[0-9:*,]+/y;
const RANGE = /^(?:(\d{1,10})|(\*))(?::(?:(\d{1,10})|(\*)))?$/;
const MOST = 0xffffffff;

/** Ends included, `from` not above `to`. */
export type Range = readonly [from: number, to: number];

/** `Infinity` is `*`: the highest number in use. Either end may be the greater. */
export type SequenceSet = readonly Range[];

/** A set; `$` (RFC 5182) is `saved`. */
export function readSet(cursor: Cursor): SequenceSet | 'saved' {
  if (cursor.accept('$')) return 'saved';
  const found = cursor.match(SET);
  const set = found && parseSet(found[0]);
  if (!set) throw cursor.fault('a sequence set');
  return set;
}

/** Undefined for what is no set. */
export function parseSet(text: string): SequenceSet | undefined {
  const ranges: Range[] = [];
  for (const piece of text.split(',')) {
    const found = RANGE.exec(piece);
    if (!found) return undefined;
    const [, one, star, other, otherStar] = found;
    const from = star === undefined ? Number(one) : Number.POSITIVE_INFINITY;
    const to = other !== undefined ? Number(other) : otherStar !== undefined ? Number.POSITIVE_INFINITY : from;
    for (const end of [from, to]) if (end < 1 || (end > MOST && end !== Number.POSITIVE_INFINITY)) return undefined;
    ranges.push([from, to]);
  }
  return ranges;
}

/** Ascending, none touching another; `*` is `highest`. */
export function resolveSet(set: SequenceSet, highest: number): readonly Range[] {
  const known = set.map(([a, b]): Range => {
    const [from, to] = [Math.min(a, highest), Math.min(b, highest)];
    // A number above the highest stays what it is: it names nothing. Only `*` comes down.
    const start = a === Number.POSITIVE_INFINITY ? from : a;
    const end = b === Number.POSITIVE_INFINITY ? to : b;
    return start <= end ? [start, end] : [end, start];
  });
  return mergeRanges(known);
}

export function mergeRanges(ranges: readonly Range[]): readonly Range[] {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

/** Numbers as a set, in their order: `1:3,7`. Empty: ''. COPYUID pairs two of them (RFC 4315 section 3). */
export function formatSet(numbers: Iterable<number>): string {
  const pieces: string[] = [];
  let from = 0;
  let to = 0;
  const flush = () => {
    if (from !== 0) pieces.push(from === to ? `${from}` : `${from}:${to}`);
  };
  for (const number of numbers) {
    if (from !== 0 && number === to + 1) {
      to = number;
      continue;
    }
    flush();
    from = number;
    to = number;
  }
  flush();
  return pieces.join(',');
}

/** The numbers of a finite set in the order they were written: COPYUID pairs two of them (RFC 4315 section 3). */
export function expandSet(set: SequenceSet, most: number): number[] | undefined {
  const numbers: number[] = [];
  for (const [from, to] of set) {
    if (!Number.isFinite(from + to) || numbers.length + Math.abs(to - from) + 1 > most) return undefined;
    const step = from <= to ? 1 : -1;
    for (let number = from; number !== to + step; number += step) numbers.push(number);
  }
  return numbers;
}
