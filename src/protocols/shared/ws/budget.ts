/** What a peer may say: so many frames at once, and so many a second from then on (trust.md WS-08, WS-09). */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export class Budget {
  readonly #rate: Rate;
  #left: number;
  #since: number;

  /** @param now milliseconds, of any clock that only goes on */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#since = now;
  }

  /** False: too much. */
  spend(now: number): boolean {
    const { burst, perSecond } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#since) * perSecond) / 1000);
    this.#since = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
