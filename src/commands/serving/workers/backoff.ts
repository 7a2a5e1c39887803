/** When the next process may be started in the place of one that died. */

/** Milliseconds. */
const FIRST = 100;
const MOST = 10_000;
/** Who lived so long did not die of its start. */
const LIVED = 30_000;

export class Backoff {
  #deaths = 0;

  /** @param lived milliseconds from start to death. Milliseconds to wait */
  afterDeath(lived: number): number {
    this.#deaths = lived >= LIVED ? 1 : this.#deaths + 1;
    return Math.min(MOST, FIRST * 2 ** (this.#deaths - 1));
  }
}
