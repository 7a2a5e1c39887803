import { Hints } from '../shared/hints.ts';
import type { ReaderCalls, Stirred, WriterCalls } from './calls.ts';
import { DirectoryWatch } from './directory-watch.ts';
import type { Thread } from './thread.ts';

/** Milliseconds: the writing of other processes is told this much later, and with it all that came in between. */
const GATHER = 100;

/**
 * Hints of this process come with the writer's answers. Those of others are found by comparing modseqs when the files were
 * written to, and only while somebody watches.
 */
export class DiskHints {
  readonly #reader: Thread<ReaderCalls>;
  readonly #hints: Hints;
  readonly #watch: DirectoryWatch;
  /** Modseqs by owner and mailbox, of owners that are watched. */
  readonly #known = new Map<string, Map<string, number>>();
  #looking: Promise<void> | undefined;

  constructor(writer: Thread<WriterCalls>, reader: Thread<ReaderCalls>, dir: string) {
    this.#reader = reader;
    this.#watch = new DirectoryWatch(dir, GATHER, () => void this.#look());
    // A thread that has ended tells nobody anything.
    const watched = (on: boolean): void => void writer.call('watch', on).catch(() => {});
    this.#hints = new Hints(
      () => {
        watched(true);
        this.#watch.start();
      },
      () => {
        watched(false);
        this.close();
        this.#known.clear();
      },
    );
  }

  watch(owner: string, signal: AbortSignal): AsyncIterable<string> {
    const told = this.#hints.watch(owner, signal);
    // Asked for before whatever the caller reads next, so that nothing lies between the two.
    if (!signal.aborted && !this.#known.has(owner)) void this.#learn([owner]);
    return told;
  }

  stirred(all: readonly Stirred[]): void {
    for (const { owner, mailbox, modseq } of all) {
      this.#hints.tell(owner, mailbox);
      const known = this.#known.get(owner);
      if (modseq === undefined) known?.delete(mailbox);
      else known?.set(mailbox, modseq);
    }
  }

  close(): void {
    this.#watch.stop();
  }

  async #look(): Promise<void> {
    this.#looking ??= this.#learn([...this.#hints.owners]).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** What these owners have now; differences from what is known are told. */
  async #learn(owners: readonly string[]): Promise<void> {
    const found = await this.#reader.call('stirred', owners).catch(() => undefined);
    if (!found) return;
    const now = new Map(owners.map((owner) => [owner, new Map<string, number>()]));
    for (const { owner, mailbox, modseq } of found) now.get(owner)?.set(mailbox, modseq ?? 0);
    for (const [owner, boxes] of now) {
      const known = this.#known.get(owner);
      this.#known.set(owner, boxes);
      if (known) this.#tellChanged(owner, known, boxes);
    }
  }

  #tellChanged(owner: string, known: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): void {
    for (const [mailbox, modseq] of now) if (known.get(mailbox) !== modseq) this.#hints.tell(owner, mailbox);
    for (const mailbox of known.keys()) if (!now.has(mailbox)) this.#hints.tell(owner, mailbox);
  }
}
