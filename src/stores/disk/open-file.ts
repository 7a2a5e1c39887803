import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileFacts, OpenFile, WholeFile } from '../../contracts/files.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { readInto } from './calls.ts';
import type { Spot } from './descent.ts';
import { fileError, missing } from './errors.ts';
import { factsOf, tagOf } from './facts.ts';

const READ_SIZE = 256 * 1024;
/** So much is read faster than a thread is woken for it. */
const SMALL = 64 * 1024;
/** Never waits for a pipe's other end, never becomes a controlling terminal, never goes through a link. */
export const CAREFULLY = constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW;

/** A regular file and nothing else; what was opened is looked at again. */
export function openSpot(spot: Spot, path: FilePath): OpenFile {
  return withOpened(spot, path, (fd, facts) => new DiskFile(fd, facts, path));
}

/** All of it at once, and all of one version. */
export function readSpot(spot: Spot, path: FilePath): WholeFile {
  return withOpened(spot, path, (fd, facts) => {
    const into = Buffer.allocUnsafeSlow(facts.size);
    let filled = 0;
    while (filled < into.length) {
      const count = readSync(fd, into, filled, into.length - filled, filled);
      if (count === 0) throw becameShorter(path);
      filled += count;
    }
    const after = fstatSync(fd, { bigint: true });
    if (tagOf(after) !== facts.tag) throw new CsError('CS_CHANGED', `${showPath(path)} was changed while it was read`);
    closeSync(fd);
    return { facts, octets: into.length === 0 ? [] : [into] };
  });
}

/** `use` owns the descriptor once it returns. */
function withOpened<T>(spot: Spot, path: FilePath, use: (fd: number, facts: FileFacts) => T): T {
  const facts = spot.found && factsOf(spot.found);
  if (!facts) throw missing(path);
  if (facts.kind === 'directory') throw new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`);
  try {
    const fd = openSync(spot.at, constants.O_RDONLY | CAREFULLY);
    try {
      spot.directory.verify();
      const opened = factsOf(fstatSync(fd, { bigint: true }));
      if (opened?.kind !== 'file') throw missing(path);
      return use(fd, opened);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

function becameShorter(path: FilePath): CsError {
  return new CsError('CS_CHANGED', `${showPath(path)} became shorter while it was read`);
}

class DiskFile implements OpenFile {
  readonly facts: FileFacts;
  readonly #path: FilePath;
  #fd: number | undefined;
  /** Reads under way: the descriptor is closed after the last of them, or its number might be another file's by then. */
  #busy = 0;
  #closing = false;

  constructor(fd: number, facts: FileFacts, path: FilePath) {
    this.#fd = fd;
    this.facts = facts;
    this.#path = path;
  }

  async *read({ start, end }: ByteRange = { start: 0 }): AsyncGenerator<Uint8Array> {
    const stop = Math.min(end ?? this.facts.size, this.facts.size);
    let at = start;
    while (at < stop) {
      const into = Buffer.allocUnsafeSlow(Math.min(READ_SIZE, stop - at));
      const count = await this.readAt(into, at);
      if (count === 0) throw becameShorter(this.#path);
      yield count === into.length ? into : into.subarray(0, count);
      at += count;
    }
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    if (this.#fd === undefined || this.#closing) throw new CsError('CS_BUG', 'the file is closed');
    this.#busy += 1;
    try {
      let filled = 0;
      while (filled < into.length) {
        const rest = into.subarray(filled);
        const at = position + filled;
        const count =
          rest.length <= SMALL ? readSync(this.#fd, rest, 0, rest.length, at) : await readInto(this.#fd, rest, at);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    } catch (error) {
      throw fileError(error, this.#path);
    } finally {
      this.#busy -= 1;
      if (this.#closing) await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const fd = this.#fd;
    if (fd === undefined || this.#busy > 0) return;
    this.#fd = undefined;
    // Nothing was written: there is nothing that it would wait for.
    closeSync(fd);
  }
}
