import { performance } from 'node:perf_hooks';
import { CsError } from '../kit/errors.ts';

export interface DeadlineWatch {
  /** Octets that the peer has sent or taken so far. */
  readonly moved: () => number;
  /** True while we do not read: then a slow peer is not to blame. */
  readonly busy: () => boolean;
  readonly expire: (reason: CsError) => void;
  /** Milliseconds that a peer may fall behind the minimum rate; 10 s. */
  readonly grace?: number;
}

/**
 * The one deadline of a connection: absolute, and a minimum rate beside it. Monotonic. Moving it later costs no timer,
 * so it may be re-armed for every command.
 */
export class Deadline {
  readonly #watch: DeadlineWatch;
  readonly #grace: number;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #due = Number.POSITIVE_INFINITY;
  #rate = 0;
  #credit = 0;
  #seen = 0;
  #seenAt = 0;

  constructor(watch: DeadlineWatch) {
    this.#watch = watch;
    this.#grace = watch.grace ?? 10_000;
  }

  /** @param ms from now, 0 for none. @param rate octets per second, 0 for none. */
  arm(ms: number, rate = 0): void {
    const now = performance.now();
    this.#due = ms > 0 ? now + ms : Number.POSITIVE_INFINITY;
    if (rate > 0) {
      this.#credit = (rate * this.#grace) / 1000;
      this.#seen = this.#watch.moved();
      this.#seenAt = now;
    }
    this.#rate = rate;
    this.#schedule(now);
  }

  clear(): void {
    this.#due = Number.POSITIVE_INFINITY;
    this.#rate = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #schedule(now: number): void {
    const next = this.#rate > 0 ? Math.min(this.#due, now + Math.min(1000, this.#grace / 4)) : this.#due;
    if (this.#timerAt <= next || next === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#timerAt = next;
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.ceil(next - now), 0x7fffffff));
  }

  #tick(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    if (now >= this.#due) this.#expire('the time limit was reached');
    else if (this.#rate > 0 && !this.#keepsUp(now)) this.#expire(`slower than ${this.#rate} octets per second`);
    else this.#schedule(now);
  }

  #keepsUp(now: number): boolean {
    const moved = this.#watch.moved();
    const owed = this.#watch.busy() ? 0 : (this.#rate * (now - this.#seenAt)) / 1000;
    // Capped, or one fast start would buy hours of dripping.
    this.#credit = Math.min((this.#rate * this.#grace) / 1000, this.#credit + moved - this.#seen) - owed;
    this.#seen = moved;
    this.#seenAt = now;
    return this.#credit >= 0;
  }

  #expire(why: string): void {
    this.clear();
    this.#watch.expire(new CsError('CS_TIMEOUT', why));
  }
}
