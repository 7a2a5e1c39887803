/** An end that the peer does not answer is forced after this long. */
const LINGER = 1000;
/** Last words that nobody takes are given up after this long. */
const STALLED = 10_000;

/** The time between our last words and the end of the socket. */
export class Linger {
  readonly #pending: () => number;
  readonly #force: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param pending octets written and not yet taken */
  constructor(pending: () => number, force: () => void) {
    this.#pending = pending;
    this.#force = force;
  }

  /** Gone in a second, whatever is left. */
  hard(): void {
    this.#timer ??= setTimeout(this.#force, LINGER);
  }

  /** A slow reader gets what was written as long as it takes any of it; after that only its FIN is waited for. */
  soft(): void {
    this.#timer ??= setTimeout(() => this.#again(Number.POSITIVE_INFINITY, 0), LINGER);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #again(before: number, idle: number): void {
    const left = this.#pending();
    const stalled = left < before ? 0 : idle + LINGER;
    if (left === 0 || stalled >= STALLED) this.#force();
    else this.#timer = setTimeout(() => this.#again(left, stalled), LINGER);
  }
}
