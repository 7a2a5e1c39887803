/** Milliseconds that what a cut upload left is kept. */
export const STAGE_KEPT_FOR = 24 * 3_600_000;

/** Which stages drafts are working on just now. */
export class BusyStages {
  readonly #drafts = new Map<string, number>();

  has(key: string): boolean {
    return this.#drafts.has(key);
  }

  enter(key: string): void {
    this.#drafts.set(key, (this.#drafts.get(key) ?? 0) + 1);
  }

  leave(key: string): void {
    const left = (this.#drafts.get(key) ?? 0) - 1;
    if (left > 0) this.#drafts.set(key, left);
    else this.#drafts.delete(key);
  }
}
