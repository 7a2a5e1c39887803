/** Buffers and turns for reading large files: memory and threads stay bounded however many are read at once. */
import type { OpenFile } from '../../../contracts/files.ts';

export const LARGEST = 1024 * 1024;
export const SMALLEST = 256 * 1024;
/** Free buffers that are kept: a fresh one costs as much as reading into it. */
const KEPT = 64;
/** Reads that may wait for the four threads that do all file work: enough that none of them idles, few enough for others. */
const LANES = 16;

const free: Buffer[] = [];

export function borrow(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(LARGEST);
}

export function giveBack(buffer: Buffer): void {
  if (free.length < KEPT) free.push(buffer);
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
