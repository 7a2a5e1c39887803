import type { Connection } from '../contracts/connection.ts';

/** What ends with one connection. It has one listener at the owner's signal, however many come and go. */
export class Dependants {
  readonly #owner: Connection;
  readonly #ends = new Set<() => void>();

  constructor(owner: Connection) {
    this.#owner = owner;
    const all = () => {
      for (const end of this.#ends) end();
    };
    owner.signal.addEventListener('abort', all, { once: true });
  }

  /** `end` is called when the owner has ended: at once where it has. */
  add(end: () => void): void {
    if (this.#owner.signal.aborted) end();
    else this.#ends.add(end);
  }

  delete(end: () => void): void {
    this.#ends.delete(end);
  }
}
