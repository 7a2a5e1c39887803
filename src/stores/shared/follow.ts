/** The waiting half of a journal: stored facts first, then as they happen, out of one ordered log. */
import type { Fact } from '../../contracts/journal.ts';

/** Rings when something was added. A hint: who hears it reads the log. */
export class Bell {
  #rings = 0;
  #waiting = new Set<() => void>();

  get rings(): number {
    return this.#rings;
  }

  /** Whether anybody waits for it. */
  get heard(): boolean {
    return this.#waiting.size > 0;
  }

  ring(): void {
    this.#rings += 1;
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves once it has rung more than `rings` times, or `signal` aborts. */
  next(rings: number, signal: AbortSignal): Promise<void> {
    if (this.#rings > rings || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

export interface Page {
  readonly facts: readonly Fact[];
  /** Everything up to here has been looked at. */
  readonly upTo: number;
  /** More is there already. */
  readonly more: boolean;
}

/** Reads facts past a cursor in order; throws `CS_EVICTED` when some of them are gone. */
export type ReadPage = (after: number, events: readonly string[]) => Promise<Page> | Page;

/**
 * Cursors are given in the order of commits, so what lies past `upTo` is new: no gap and no double, whoever writes.
 * The bell is looked at before the log is read, so a ring between reading and waiting is not lost.
 */
export async function* follow(
  read: ReadPage,
  bell: Bell,
  cursor: number,
  events: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<Fact> {
  let at = cursor;
  while (!signal.aborted) {
    const rings = bell.rings;
    const page = await read(at, events);
    for (const fact of page.facts) {
      if (signal.aborted) return;
      yield fact;
    }
    at = Math.max(at, page.upTo);
    if (!page.more) await bell.next(rings, signal);
  }
}
