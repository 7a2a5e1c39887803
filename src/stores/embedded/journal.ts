import type { Fact, Journal, NewFact } from '../../contracts/journal.ts';
import { Bell, follow } from '../shared/follow.ts';
import type { ReaderCalls, WriterCalls } from './calls.ts';
import { DirectoryWatch } from './directory-watch.ts';
import type { Thread } from './thread.ts';

const GATHER = 5;

/**
 * The journal in the database. Facts of this process ring at once; those of another one are noticed by its writing to
 * the files, which is a hint to look, and only while somebody follows.
 */
export class DiskJournal implements Journal {
  readonly durable = true;
  readonly #writer: Thread<WriterCalls>;
  readonly #reader: Thread<ReaderCalls>;
  readonly #bell = new Bell();
  #followers = 0;
  #known = 0;
  readonly #watch: DirectoryWatch;

  constructor(writer: Thread<WriterCalls>, reader: Thread<ReaderCalls>, dir: string) {
    this.#writer = writer;
    this.#reader = reader;
    this.#watch = new DirectoryWatch(dir, GATHER, () => this.#look());
  }

  /** Facts up to this cursor are there. */
  reached(cursor: number): void {
    if (cursor <= this.#known) return;
    this.#known = cursor;
    this.#bell.ring();
  }

  add(fact: NewFact, when: 'now' | 'soon' = 'now'): Promise<number> {
    return this.#writer.call('fact', fact, { when });
  }

  mark(): Promise<number> {
    return this.#writer.call('mark', null);
  }

  async *since(cursor: number, events: readonly string[], signal: AbortSignal): AsyncGenerator<Fact> {
    this.#followers += 1;
    if (this.#followers === 1) this.#watch.start();
    try {
      const read = (after: number, wanted: readonly string[]) => this.#reader.call('page', { after, events: wanted });
      yield* follow(read, this.#bell, cursor, events, signal);
    } finally {
      this.#followers -= 1;
      if (this.#followers === 0) this.close();
    }
  }

  claim(cursor: number, exclusive: boolean): Promise<boolean> {
    return this.#writer.call('claim', { cursor, exclusive });
  }

  unclaimed(events: readonly string[]): Promise<readonly Fact[]> {
    return this.#reader.call('unclaimed', events);
  }

  clear(event: string, { dryRun } = { dryRun: false }): Promise<number> {
    return this.#writer.call('forget', { event, dryRun });
  }

  /** Stop watching the files. */
  close(): void {
    this.#watch.stop();
  }

  #look(): void {
    this.#reader.call('newest', null).then(
      (cursor) => this.reached(cursor),
      () => {},
    );
  }
}
