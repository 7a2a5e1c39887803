/** The system calls on raw descriptors, as promises. */
import { close, fdatasync, fsync, read, writev } from 'node:fs';
import { promisify } from 'node:util';

export const closeFd = promisify(close);
export const syncFd = promisify(fsync);
export const syncData = promisify(fdatasync);

/** @returns how many octets came; 0 at the end */
export function readInto(fd: number, into: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** All of it, from where the descriptor stands. */
export async function writeAll(fd: number, chunks: readonly Uint8Array[]): Promise<void> {
  let left = chunks;
  while (left.length > 0) left = without(left, await writeSome(fd, left));
}

function writeSome(fd: number, chunks: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, chunks, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** What a short write left. */
export function without(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let gone = written;
  const left: Uint8Array[] = [];
  for (const chunk of chunks) {
    const skip = Math.min(gone, chunk.length);
    gone -= skip;
    if (skip < chunk.length) left.push(chunk.subarray(skip));
  }
  return left;
}
