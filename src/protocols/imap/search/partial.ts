/** A window into a result (RFC 9394): `1:500` from its first message on, `-1:-500` from its last one back. */
import type { Cursor } from '../syntax/cursor.ts';

export interface Window {
  /** As it was asked for: the answer repeats it. */
  readonly text: string;
  /** Places from 1, of which the lower comes first. */
  readonly first: number;
  readonly last: number;
  readonly fromEnd: boolean;
}

export function readWindow(cursor: Cursor): Window {
  const [text, minus, one, other] = cursor.match(/(-?)(\d{1,10}):\1(\d{1,10})(?!\d)/y) ?? [];
  const [a, b] = [Number(one), Number(other)];
  if (text === undefined || !(a > 0 && b > 0)) throw cursor.fault('a range of places');
  return { text, first: Math.min(a, b), last: Math.max(a, b), fromEnd: minus === '-' };
}

/** What of the result is in it, in the same order. */
export function within<T extends { slice(from: number, to: number): T; readonly length: number }>(
  result: T,
  { first, last, fromEnd }: Window,
): T {
  const { length } = result;
  return fromEnd
    ? result.slice(Math.max(0, length - last), Math.max(0, length - first + 1))
    : result.slice(first - 1, last);
}
