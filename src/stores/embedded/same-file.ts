import { type Stats, statSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';

/**
 * The file under a name, as it was when it was opened. A database whose file is taken away (a scratch directory that somebody
 * cleans) goes on in one that no later start will find, and syncs it: nothing but its name tells.
 */
export class SameFile {
  readonly #path: string;
  readonly #opened: Stats;

  constructor(path: string) {
    this.#path = path;
    this.#opened = statSync(path);
  }

  /** Throws `CS_LOCAL_IO` once the name leads to nothing, or to another file. */
  check(): void {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    if (now?.ino === this.#opened.ino && now.dev === this.#opened.dev) return;
    throw new CsError('CS_LOCAL_IO', `${this.#path} was taken away while in use: nothing more is kept`, {
      hint: 'stop this server and start it again',
    });
  }
}
