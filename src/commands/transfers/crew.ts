/** So many at once, and no more handed over than can be begun: whoever walks a tree waits here. */
export class Crew {
  readonly #size: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves when `work` has begun. Throws what an earlier one threw: a crew does not go on after that. */
  async begin(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#size) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
    const run: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Resolves when everything that was begun has ended; throws what one of them threw. */
  async end(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
  }
}
