import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';

/**
 * FTP has no command that takes a name only if it is free: who looks and then takes it does both in its turn, so that at
 * least our own connections do not take it from each other.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();
  readonly #taken = new Set<string>();

  async take<T>(path: FilePath, act: () => Promise<T>): Promise<T> {
    const key = showPath(path);
    const before = this.#last.get(key);
    let done = (): void => {};
    const mine = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#last.set(key, mine);
    try {
      await before;
      return await act();
    } finally {
      done();
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  /** One upload at a time goes on with a stage; throws `CS_BUSY`. Gives back how to let it go. */
  claim(temporary: FilePath): () => void {
    const key = showPath(temporary);
    if (this.#taken.has(key)) throw new CsError('CS_BUSY', 'another upload goes on with that stage');
    this.#taken.add(key);
    return () => this.#taken.delete(key);
  }
}
