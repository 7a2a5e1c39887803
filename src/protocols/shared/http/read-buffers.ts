/** Buffers and turns for reading large files: memory and threads stay bounded however many are read at once. */
import type { OpenFile } from '../../../contracts/files.ts';

export const LARGEST = 1024 * 1024;
export const SMALLEST = 256 * 1024;
/** Octets of free buffers that are kept: a fresh one costs as much as reading into it. */
const KEPT = 64 * 1024 * 1024;
/** Octets that are lent; past them buffers are small. Who takes nothing holds two of them for each answer. */
const PLENTY = 128 * 1024 * 1024;
const SMALL = 16 * 1024;
/** Reads that may wait for the four threads that do all file work: enough that none of them idles, few enough for others. */
const LANES = 16;

/** By their size. */
const free = new Map<number, Buffer[]>();
let kept = 0;
let lent = 0;

/** @param most octets that can be of use. A smaller one comes while much is lent. */
export function borrow(most: number = LARGEST): Buffer {
  const size = lent + most > PLENTY ? Math.min(most, SMALL) : Math.min(most, LARGEST);
  lent += size;
  const buffer = free.get(size)?.pop();
  if (buffer === undefined) return Buffer.allocUnsafeSlow(size);
  kept -= size;
  return buffer;
}

export function giveBack(buffer: Buffer): void {
  lent -= buffer.length;
  if (kept + buffer.length > KEPT) return;
  kept += buffer.length;
  const same = free.get(buffer.length);
  if (same) same.push(buffer);
  else free.set(buffer.length, [buffer]);
}

/** Somebody else may still read from it: it goes to the collector. */
export function forsake(buffer: Buffer): void {
  lent -= buffer.length;
}

let running = 0;
const waiting: (() => void)[] = [];

/** Reads when it is its turn. */
export async function readLane(read: () => ReturnType<NonNullable<OpenFile['readAt']>>): Promise<number> {
  if (running >= LANES) await new Promise<void>((turn) => waiting.push(turn));
  else running += 1;
  try {
    return await read();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
