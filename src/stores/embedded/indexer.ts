import type { ReaderCalls, WriterCalls } from './calls.ts';
import type { Thread } from './thread.ts';

const IDLE = 500;
/** Each batch becomes a segment of the search index, and many small ones cost more to merge than to make. */
const BATCH = 50;

/** Full text search follows behind: in small batches while nothing comes in, or when somebody wants to search now. */
export class Indexer {
  readonly #writer: Thread<WriterCalls>;
  readonly #reader: Thread<ReaderCalls>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #lastStored = 0;
  #closed = false;

  constructor(writer: Thread<WriterCalls>, reader: Thread<ReaderCalls>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  /** A message came in. */
  readonly stored = (): void => {
    this.#lastStored = performance.now();
    this.due();
  };

  /** Something has no index: it came in just now, or before a process that ended too early. */
  readonly due = (): void => {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => this.#whenIdle(), IDLE);
    this.#timer.unref();
  };

  /** Resolves when all that was stored before can be found. */
  async catchUp(): Promise<void> {
    while (!this.#closed && (await this.#batch()) > 0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #whenIdle(): void {
    this.#timer = undefined;
    if (this.#closed) return;
    if (performance.now() - this.#lastStored < IDLE || this.#running) {
      this.#timer = setTimeout(() => this.#whenIdle(), IDLE);
      this.#timer.unref();
      return;
    }
    // What fails here fails again, and is told, when somebody searches.
    this.#running = this.#background()
      .catch(() => {})
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #background(): Promise<void> {
    const began = this.#lastStored;
    while (!this.#closed && (await this.#batch()) > 0) {
      if (this.#lastStored !== began) return;
    }
  }

  /** How many messages there were; another process may have been faster with them. */
  async #batch(): Promise<number> {
    const batch = await this.#reader.call('unindexed', { limit: BATCH });
    if (batch.upTo > batch.from) await this.#writer.call('index', batch);
    return batch.upTo - batch.from;
  }
}
