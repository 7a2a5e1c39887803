/**
 * What one connection may make us do for nothing (RFC 9113 section 10.5): pings and settings to be answered, requests that
 * are taken back (CVE-2023-44487). nghttp2 bounds some of it, later, and leaves the connection open.
 */

/** A browser that leaves a page takes back what it had asked for: a hundred streams at most, page after page. */
const BURST = 500;
const PER_SECOND = 33;

export class Calm {
  #left = BURST;
  #since: number;

  /** @param now milliseconds, as in `spend` */
  constructor(now: number) {
    this.#since = now;
  }

  /** False: that was too much. */
  spend(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#since) * PER_SECOND) / 1000) - 1;
    this.#since = now;
    return this.#left >= 0;
  }
}
