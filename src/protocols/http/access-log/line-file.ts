/** A file that lines are appended to, those of one turn of the loop at once. It never keeps a request waiting, nor fails one. */
import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Log } from '../../../contracts/store.ts';
import { asCsError } from '../../../kit/errors.ts';

/** Milliseconds between two looks whether the file was moved away, and between two complaints. */
const LOOK = 1000;
const COMPLAIN = 60_000;
/** Octets that wait while an unread pipe takes none. */
const WAITING = 1024 * 1024;

export class LineFile {
  /** Lines that nobody will read. */
  dropped = 0;
  readonly #path: string;
  readonly #log: Log;
  #fd: number | undefined;
  #waiting = '';
  #scheduled = false;
  #looked = 0;
  #complained = Number.NEGATIVE_INFINITY;

  /** `-` is stdout. Throws `CS_LOCAL_IO` and the like where the file cannot be opened: a log that was asked for is there. */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#fd = this.#open();
    this.#looked = performance.now();
    process.on('exit', this.flush);
  }

  add(line: string): void {
    if (this.#waiting.length > WAITING) {
      this.#drop(1, undefined);
      return;
    }
    this.#waiting += line;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.flush);
  }

  /** Writes what waits. Called at the end of each turn, and of the process. */
  readonly flush = (): void => {
    this.#scheduled = false;
    if (this.#waiting === '') return;
    const octets = Buffer.from(this.#waiting);
    this.#waiting = '';
    try {
      this.#follow();
      this.#fd ??= this.#open();
      const written = writeSync(this.#fd, octets);
      // A full pipe or disk takes a part: what is left of a line goes with the next ones.
      if (written < octets.length) this.#waiting = octets.subarray(written).toString() + this.#waiting;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#waiting = octets.toString() + this.#waiting;
      else this.#drop(octets.toString().split('\n').length - 1, error);
    }
  };

  close(): void {
    this.flush();
    process.off('exit', this.flush);
    if (this.#fd !== undefined && this.#path !== '-') closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Rotation by renaming: a file that is not under its name any more is left, and begun anew. No signal is needed. */
  #follow(): void {
    const now = performance.now();
    if (this.#path === '-' || this.#fd === undefined || now - this.#looked < LOOK) return;
    this.#looked = now;
    const here = statSync(this.#path, { throwIfNoEntry: false });
    const ours = fstatSync(this.#fd);
    if (here?.ino === ours.ino && here.dev === ours.dev) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    if (this.#path === '-') return 1;
    return openSync(this.#path, 'a', 0o640);
  }

  #drop(lines: number, error: unknown): void {
    this.dropped += lines;
    const now = performance.now();
    if (now - this.#complained < COMPLAIN) return;
    this.#complained = now;
    const reason = error === undefined ? 'nobody reads it' : asCsError(error).message;
    this.#log('error', 'access_log.dropped', { lines: this.dropped, reason });
  }
}
