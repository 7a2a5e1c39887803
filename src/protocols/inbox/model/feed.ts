/** What happens in one mailbox, as it happens: arrivals by the journal's cursor, other changes as they are found. */
import type { Fact, Journal } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { asCsError } from '../../../kit/errors.ts';
import type { Catalogue, Delta } from './catalogue.ts';
import { concerns } from './inboxes.ts';

export interface News {
  /** Of the newest fact that is told here: who comes back with it misses nothing. */
  readonly cursor: number;
  readonly added: readonly MailEntry[];
  readonly changed: readonly MailEntry[];
  readonly removed: readonly string[];
  /** Facts after the cursor that was given are gone: what the reader knows of the mailbox is to be read anew. */
  readonly reset?: true;
}

/** Milliseconds between two tellings: the first of a burst is told at once, the rest in few pieces. */
const PACE = 40;
/** How many ids are remembered, so that what two sources tell is told once. */
const TOLD = 10_000;

/**
 * News after `after` (the journal's mark: only what comes), then as it happens; `undefined` after `quiet` milliseconds
 * without any. Ends with the signal.
 */
export async function* feed(
  catalogue: Catalogue,
  journal: Journal,
  after: number | undefined,
  quiet: number,
  signal: AbortSignal,
): AsyncGenerator<News | undefined> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const inbox = new Gathering(catalogue);
  try {
    let cursor = after ?? (await journal.mark());
    void follow(catalogue, journal, cursor, inbox, stop.signal);
    while (!stop.signal.aborted) {
      await inbox.something(quiet, stop.signal);
      if (stop.signal.aborted) return;
      const news = await inbox.take(cursor);
      if (news) cursor = news.cursor;
      yield news;
      if (news) await pause(PACE, stop.signal);
    }
  } finally {
    signal.removeEventListener('abort', end);
    end();
    inbox.close();
  }
}

async function follow(
  catalogue: Catalogue,
  journal: Journal,
  from: number,
  inbox: Gathering,
  signal: AbortSignal,
): Promise<void> {
  for (let cursor = from; !signal.aborted; ) {
    try {
      for await (const fact of journal.since(cursor, ['mail.stored'], signal)) {
        cursor = fact.cursor;
        if (concerns(fact, catalogue.owner)) inbox.fact(fact);
      }
    } catch (thrown) {
      if (asCsError(thrown).code !== 'CS_EVICTED') return inbox.fail(thrown);
      cursor = await journal.mark();
      inbox.lost(cursor);
    }
  }
}

/** What was heard and not yet told. */
class Gathering {
  readonly #catalogue: Catalogue;
  readonly #unlisten: () => void;
  #facts: Fact[] = [];
  readonly #added = new Map<string, MailEntry>();
  readonly #changed = new Map<string, MailEntry>();
  readonly #removed = new Set<string>();
  readonly #told = new Set<string>();
  #reset: number | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #wake = (): void => {};

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
    this.#unlisten = catalogue.listen((delta) => this.#heard(delta));
  }

  close(): void {
    this.#unlisten();
  }

  fact(fact: Fact): void {
    this.#facts.push(fact);
    this.#wake();
  }

  lost(cursor: number): void {
    this.#reset = cursor;
    this.#wake();
  }

  fail(thrown: unknown): void {
    this.#failure = { thrown };
    this.#wake();
  }

  get #empty(): boolean {
    const { size } = this.#changed;
    return (
      this.#facts.length + this.#added.size + size + this.#removed.size === 0 &&
      this.#reset === undefined &&
      this.#failure === undefined
    );
  }

  #heard({ added, changed, removed }: Delta): void {
    for (const entry of added) if (!this.#told.has(entry.id)) this.#added.set(entry.id, entry);
    for (const entry of changed) this.#changed.set(entry.id, entry);
    for (const id of removed) {
      this.#removed.add(id);
      this.#added.delete(id);
      this.#changed.delete(id);
    }
    if (!this.#empty) this.#wake();
  }

  /** Resolves when there is something to take, after `ms`, or with the signal. */
  something(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#empty || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }

  /** All of it; undefined when there is nothing. Throws what ended the journal. */
  async take(cursor: number): Promise<News | undefined> {
    if (this.#facts.length > 0) await this.#catalogue.refresh();
    if (this.#failure) throw this.#failure.thrown;
    const facts = this.#facts.splice(0);
    const reset = this.#reset;
    const added = new Map<string, MailEntry>();
    for (const { id } of facts) {
      const entry = this.#catalogue.find(String(id));
      if (entry) added.set(entry.id, entry);
    }
    for (const [id, entry] of this.#added) added.set(id, entry);
    for (const id of added.keys()) this.#changed.delete(id);
    const news = { added: [...added.values()], changed: [...this.#changed.values()], removed: [...this.#removed] };
    this.#added.clear();
    this.#changed.clear();
    this.#removed.clear();
    this.#reset = undefined;
    this.#remember(news.added);
    const upTo = Math.max(cursor, reset ?? 0, facts.at(-1)?.cursor ?? 0);
    if (reset !== undefined) return { ...news, cursor: upTo, reset: true };
    const nothing = news.added.length + news.changed.length + news.removed.length === 0;
    return nothing ? undefined : { ...news, cursor: upTo };
  }

  #remember(added: readonly MailEntry[]): void {
    for (const { id } of added) this.#told.add(id);
    for (const id of this.#told) {
      if (this.#told.size <= TOLD) return;
      this.#told.delete(id);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake, { once: true });
  });
}
