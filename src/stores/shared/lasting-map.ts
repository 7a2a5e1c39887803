/** A map of at most so many entries, each for so long after it was last set; when it is full the oldest goes. */
export class LastingMap<T> {
  /** In the order in which they were last set. */
  readonly #entries = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #most: number;
  readonly #lifetime: number;

  /** @param lifetime in the unit of the times that are handed in */
  constructor(most: number, lifetime: number) {
    this.#most = most;
    this.#lifetime = lifetime;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, now: number): T | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now < entry.until ? entry.value : undefined;
  }

  set(key: string, value: T, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: now + this.#lifetime });
    for (const [old, { until }] of this.#entries) {
      if (this.#entries.size <= this.#most && now < until) return;
      this.#entries.delete(old);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
