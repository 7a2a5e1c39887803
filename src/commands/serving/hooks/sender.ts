/** One webhook: facts in their order, each until somebody answers 2xx; what failed is tried again, and holds up nobody. */
import type { Fact, Journal } from '../../../contracts/journal.ts';
import type { Log } from '../../../contracts/store.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import type { Hook } from './hook.ts';

/** Milliseconds before each further try; then it is given up, and told. */
export const PAUSES = [1000, 5000, 30_000, 300_000, 1_800_000, 7_200_000, 28_800_000];
/** Posts under way at once, and facts that wait for another try; the journal keeps the rest. */
const AT_ONCE = 4;
const WAITING = 1000;
/** Milliseconds that a post under way has at the end: its answer saves telling it twice. */
const FAREWELL = 1000;
const GONE = 410;

/** Resolves to the status of the answer. Throws where there was none. */
export type Post = (hook: Hook, id: string, body: string, signal: AbortSignal) => Promise<number>;

export interface SenderWishes {
  readonly hook: Hook;
  readonly journal: Journal;
  readonly post: Post;
  readonly log: Log;
  /** Told of every fact up to it, by an earlier start. */
  readonly from: number;
  /** Everything up to this cursor needs no further telling. */
  readonly reached: (cursor: number) => void;
  readonly pauses?: readonly number[];
  readonly farewell?: number;
}

export class HookSender {
  readonly #wishes: SenderWishes;
  /** Nothing new begins. */
  readonly #stop = new AbortController();
  /** What is under way ends. */
  readonly #cut = new AbortController();
  readonly #telling = new Set<Promise<void>>();
  readonly #open = new Set<number>();
  readonly #pauses: readonly number[];
  #seen: number;
  #posting = 0;
  #following: Promise<void> | undefined;
  #room: (() => void)[] = [];

  constructor(wishes: SenderWishes) {
    this.#wishes = wishes;
    this.#pauses = wishes.pauses ?? PAUSES;
    this.#seen = wishes.from;
  }

  start(): void {
    this.#following = this.#follow(this.#wishes.from);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new CsError('CS_FAILED', 'the server stops'));
    this.#release();
    await this.#following;
    const cut = () => this.#cut.abort(new CsError('CS_FAILED', 'the server stops'));
    const timer = setTimeout(cut, this.#wishes.farewell ?? FAREWELL);
    const ended = new Promise<void>((resolve) => this.#cut.signal.addEventListener('abort', () => resolve()));
    await Promise.race([Promise.all(this.#telling), ended]);
    clearTimeout(timer);
    cut();
  }

  async #follow(from: number): Promise<void> {
    const { hook, journal, log } = this.#wishes;
    try {
      for await (const fact of journal.since(from, hook.events, this.#stop.signal)) {
        this.#seen = fact.cursor;
        if (hook.wants(fact)) {
          this.#open.add(fact.cursor);
          await this.#space(() => this.#posting < AT_ONCE && this.#open.size <= WAITING);
          if (this.#stop.signal.aborted) return;
          const telling: Promise<void> = this.#tell(fact).finally(() => this.#telling.delete(telling));
          this.#telling.add(telling);
        } else this.#tellReached();
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const failure = asCsError(error);
      log('error', 'webhook.failed', { url: hook.url, message: failure.message });
      // Facts that were pushed out of the journal before they were told are lost, and said to be; the newer ones are not.
      if (failure.code === 'CS_EVICTED') return this.#follow(await journal.mark());
    }
  }

  async #tell(fact: Fact): Promise<void> {
    const { hook, post, log } = this.#wishes;
    const id = `${fact.event}.${fact.cursor}`;
    const body = JSON.stringify({ schema: 'cs.event/1', ...fact });
    const { signal } = this.#cut;
    for (let tries = 0; ; tries++) {
      this.#posting += 1;
      const failed = await this.#once(() => post(hook, id, body, signal));
      this.#posting -= 1;
      this.#release();
      if (signal.aborted) return;
      if (failed === undefined) break;
      const pause = this.#pauses[tries];
      const last = pause === undefined || failed.last;
      log(last ? 'error' : 'warn', last ? 'webhook.dropped' : 'webhook.failed', { url: hook.url, id, why: failed.why });
      if (last) break;
      await this.#pause(pause * (0.9 + 0.2 * Math.random()));
      if (this.#stop.signal.aborted) return;
    }
    this.#open.delete(fact.cursor);
    this.#release();
    this.#tellReached();
  }

  async #once(post: () => Promise<number>): Promise<{ readonly why: string; readonly last: boolean } | undefined> {
    try {
      const status = await post();
      if (status >= 200 && status < 300) return undefined;
      return { why: `HTTP ${status}`, last: status === GONE };
    } catch (error) {
      return { why: asCsError(error).message, last: false };
    }
  }

  /** All before the oldest that is still under way. */
  #tellReached(): void {
    const oldest = Math.min(...this.#open);
    this.#wishes.reached(Number.isFinite(oldest) ? oldest - 1 : this.#seen);
  }

  async #space(there: () => boolean): Promise<void> {
    while (!there() && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
  }

  #release(): void {
    for (const go of this.#room.splice(0)) go();
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      timer.unref();
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
