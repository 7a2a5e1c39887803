import { CsError } from '../kit/errors.ts';

/**
 * A few slow things at once, a bounded number waiting, the rest refused with `CS_BUSY`: two hashes leave half of Node's
 * four pool threads to files and names, and 64 waiting are answered within 16 s.
 */
export class Lanes {
  readonly #wide: number;
  readonly #queue: number;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(wide = 2, queue = 64) {
    this.#wide = wide;
    this.#queue = queue;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#busy < this.#wide) this.#busy += 1;
    else await this.#wait();
    try {
      return await task();
    } finally {
      // The lane is handed over, not freed: nobody who comes later overtakes.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy -= 1;
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#queue) {
      throw new CsError('CS_BUSY', `${this.#queue} logins are waiting to be checked`);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
