import type { Fact, Journal, NewFact } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { Bell, follow, type Page } from '../shared/follow.ts';

const PAGE = 1000;

/** One object a fact: there are many, and they live long. */
interface Place {
  readonly cursor: number;
  /** Undefined: forgotten. */
  fact: Fact | undefined;
  claimed: 'no' | 'noted' | 'taken';
}

/** The newest facts in memory. The oldest go past `limit`; who asks for what is gone hears so. */
export class MemoryJournal implements Journal {
  readonly #limit: number;
  readonly #bell = new Bell();
  /** Ascending by cursor; a forgotten fact leaves its place empty until the next sweep. */
  #kept: Place[] = [];
  #live = 0;
  #head = 0;
  #cursor = 0;
  #stampedAt = 0;
  #stamp = '';
  /** By event, the newest cursor that was evicted. */
  readonly #evicted = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The same as `add`, at once. */
  record(fact: NewFact): number {
    const cursor = ++this.#cursor;
    this.#kept.push({ cursor, fact: { ...fact, cursor, ts: this.#now() } as Fact, claimed: 'no' });
    this.#live += 1;
    while (this.#live > this.#limit) this.#evictOldest();
    this.#sweep();
    this.#bell.ring();
    return cursor;
  }

  /** Facts of one millisecond share its text. */
  #now(): string {
    const now = Date.now();
    if (now !== this.#stampedAt) {
      this.#stampedAt = now;
      this.#stamp = new Date(now).toISOString();
    }
    return this.#stamp;
  }

  async add(fact: NewFact): Promise<number> {
    return this.record(fact);
  }

  async mark(): Promise<number> {
    return this.#cursor;
  }

  since(cursor: number, events: readonly string[], signal: AbortSignal): AsyncIterable<Fact> {
    return follow((after, wanted) => this.#page(after, wanted), this.#bell, cursor, events, signal);
  }

  async claim(cursor: number, exclusive: boolean): Promise<boolean> {
    const kept = this.#find(cursor);
    if (!kept?.fact) return false;
    if (exclusive && kept.claimed === 'taken') return false;
    if (exclusive) kept.claimed = 'taken';
    else if (kept.claimed === 'no') kept.claimed = 'noted';
    return true;
  }

  async unclaimed(events: readonly string[]): Promise<readonly Fact[]> {
    const found: Fact[] = [];
    for (const { fact, claimed } of this.#kept) {
      if (fact && claimed === 'no' && wanted(fact, events)) found.push(fact);
    }
    return found;
  }

  /** A limit takes a fact: whoever asks for it later is told. */
  forget(cursor: number): void {
    this.#remove(this.#find(cursor), true);
  }

  #remove(place: Place | undefined, evicted: boolean): void {
    if (!place?.fact) return;
    const { event } = place.fact;
    // Places are removed in any order, but the oldest far more often than others.
    if (evicted && !((this.#evicted.get(event) ?? 0) > place.cursor)) this.#evicted.set(event, place.cursor);
    place.fact = undefined;
    this.#live -= 1;
  }

  /** Take out every fact of one event; nobody is told, as somebody meant it. */
  forgetAll(event: string): void {
    for (const place of this.#kept) if (place.fact?.event === event) this.#remove(place, false);
  }

  #page(after: number, events: readonly string[]): Page {
    for (const [event, cursor] of this.#evicted) {
      if (cursor > after && (events.length === 0 || events.includes(event))) {
        throw new CsError('CS_EVICTED', `facts after cursor ${after} are gone (${event} up to ${cursor})`, {
          hint: 'wait sooner, or raise --memory-messages',
        });
      }
    }
    const facts: Fact[] = [];
    let at = this.#after(after);
    for (; at < this.#kept.length && facts.length < PAGE; at++) {
      const fact = this.#kept[at]?.fact;
      if (fact && wanted(fact, events)) facts.push(fact);
    }
    const more = at < this.#kept.length;
    return { facts, upTo: more ? facts.at(-1)!.cursor : this.#cursor, more };
  }

  #evictOldest(): void {
    while (this.#kept[this.#head]?.fact === undefined) this.#head += 1;
    this.#remove(this.#kept[this.#head], true);
  }

  /** Empty places are dropped when they are the greater half. */
  #sweep(): void {
    if (this.#kept.length < 1024 || this.#kept.length < 2 * this.#live) return;
    this.#kept = this.#kept.filter((place) => place.fact);
    this.#head = 0;
  }

  /** Index of the first place past `cursor`. */
  #after(cursor: number): number {
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#kept[middle]!.cursor <= cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #find(cursor: number): Place | undefined {
    const place = this.#kept[this.#after(cursor) - 1];
    return place?.cursor === cursor ? place : undefined;
  }
}

function wanted(fact: Fact, events: readonly string[]): boolean {
  return events.length === 0 || events.includes(fact.event);
}
