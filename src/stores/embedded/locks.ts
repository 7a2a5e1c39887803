import { createHash } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, PROCESS_TAG } from '../shared/process-tag.ts';

/**
 * One holder per name, over all processes on one directory. A lock is a file that names its process; `link` makes it
 * appear with its content or not at all. The lock of a dead process is taken over.
 */
export class Locks {
  readonly #dir: string;
  #count = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  take(name: string): Disposable | undefined {
    const path = join(this.#dir, createHash('sha256').update(name).digest('hex').slice(0, 32));
    const own = join(this.#dir, `${PROCESS_TAG}.${++this.#count}`);
    writeFileSync(own, PROCESS_TAG, { mode: 0o600 });
    try {
      if (!this.#link(own, path) && !(this.#recover(path) && this.#link(own, path))) return undefined;
    } finally {
      unlinkSync(own);
    }
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) rmSync(path, { force: true });
        held = false;
      },
    };
  }

  #link(own: string, path: string): boolean {
    try {
      linkSync(own, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Moves a dead process's lock away. Two may try at once: who moved a living one by that puts it back. */
  #recover(path: string): boolean {
    if (held(path)) return false;
    const aside = join(this.#dir, `${PROCESS_TAG}.${++this.#count}`);
    try {
      renameSync(path, aside);
    } catch {
      return true;
    }
    const living = held(aside);
    if (living) this.#link(aside, path);
    unlinkSync(aside);
    return !living;
  }
}

function held(path: string): boolean {
  try {
    return isAlive(readFileSync(path, 'utf8'), statSync(path).mtimeMs);
  } catch {
    return false;
  }
}
