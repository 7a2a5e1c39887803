/** So many at once, and no more handed over than can be begun: whoever walks a tree waits here. */
export class Crew {
  readonly #size: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;
  #begun = 0;
  #later: { readonly count: number; readonly act: () => void } | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** Resolves when `work` has begun. Throws what an earlier one threw: a crew does not go on after that. */
  async begin(work: () => Promise<void>): Promise<void> {
    while (this.#running >= this.#size) await this.#oneEnds();
    if (this.#failure) throw this.#failure.error;
    this.#running += 1;
    this.#begun += 1;
    if (this.#begun === this.#later?.count) this.#later.act();
    work().then(this.#ended, (error: unknown) => {
      this.#failure ??= { error };
      this.#ended();
    });
  }

  get busy(): boolean {
    return this.#running > 0;
  }

  /** `act` is called when that many have been begun; one `act` for each crew. */
  after(count: number, act: () => void): void {
    this.#later = { count, act };
  }

  /** Resolves when everything that was begun has ended; throws what one of them threw. */
  async end(): Promise<void> {
    while (this.#running > 0) await this.#oneEnds();
    if (this.#failure) throw this.#failure.error;
  }

  #oneEnds(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #ended = (): void => {
    this.#running -= 1;
    for (const resolve of this.#waiting.splice(0)) resolve();
  };
}
