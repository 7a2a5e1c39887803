import type { Fact, JotForm, JotOf, Journal, NewFact } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { Bell, follow, type Page } from '../shared/follow.ts';
import { Shelf } from './shelf.ts';

const PAGE = 1000;

export interface FactLimits {
  readonly facts: number;
  /** Octets of them all, as nearly as that is worth knowing. */
  readonly octets: number;
}

/**
 * The newest facts in memory. Past a limit the oldest goes of that event which has the most: much of one kind does not take
 * the few of another. Who asks for what is gone hears so.
 */
export class MemoryJournal implements Journal {
  readonly #limits: FactLimits;
  readonly #bell = new Bell();
  readonly #shelves = new Map<string, Shelf>();
  #live = 0;
  #octets = 0;
  #cursor = 0;

  constructor(limits: FactLimits) {
    this.#limits = limits;
  }

  /** The same as `add`, at once. */
  record(fact: NewFact): number {
    const shelf = this.#shelf(fact.event);
    const before = shelf.octets;
    shelf.add(++this.#cursor, Date.now(), fact);
    this.#added(shelf.octets - before);
    return this.#cursor;
  }

  jot<Of extends JotOf, By extends object>(
    form: JotForm<Of, By>,
    of: Of,
    by: By,
    a: number,
    b: number,
    c: number,
  ): void {
    const shelf = this.#shelf(form.event);
    const before = shelf.octets;
    shelf.jot(++this.#cursor, Date.now(), form as JotForm<JotOf, object>, of, by, a, b, c);
    this.#added(shelf.octets - before);
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
    for (const shelf of this.#shelves.values()) if (shelf.claim(cursor, exclusive)) return true;
    return false;
  }

  async unclaimed(events: readonly string[]): Promise<readonly Fact[]> {
    const found: Fact[] = [];
    for (const { shelf, index } of inOrder(this.#wanted(events), 0)) {
      const fact = shelf.unclaimed(index) ? shelf.fact(index) : undefined;
      if (fact) found.push(fact);
    }
    return found;
  }

  /** A limit takes a fact: whoever asks for it later is told. */
  forget(event: string, cursor: number): void {
    this.#take(event, (shelf) => shelf.evict(cursor));
  }

  async clear(event: string, { dryRun } = { dryRun: false }): Promise<number> {
    const { live } = this.#shelf(event);
    if (!dryRun) this.forgetAll(event);
    return live;
  }

  /** The same as `clear`, at once. */
  forgetAll(event: string): void {
    this.#take(event, (shelf) => shelf.clear());
  }

  #take(event: string, take: (shelf: Shelf) => void): void {
    const shelf = this.#shelf(event);
    const { live, octets } = shelf;
    take(shelf);
    this.#live += shelf.live - live;
    this.#octets += shelf.octets - octets;
  }

  #shelf(event: string): Shelf {
    let shelf = this.#shelves.get(event);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#shelves.set(event, shelf);
    }
    return shelf;
  }

  #added(octets: number): void {
    this.#live += 1;
    this.#octets += octets;
    while (this.#live > this.#limits.facts) this.#evictFrom('live');
    while (this.#octets > this.#limits.octets) this.#evictFrom('octets');
    this.#bell.ring();
  }

  /** The oldest of whoever has the most. */
  #evictFrom(share: 'live' | 'octets'): void {
    let largest: Shelf | undefined;
    for (const shelf of this.#shelves.values()) {
      if (largest === undefined || shelf[share] > largest[share]) largest = shelf;
    }
    if (largest === undefined) return;
    const before = largest.octets;
    largest.evictOldest();
    this.#live -= 1;
    this.#octets += largest.octets - before;
  }

  #wanted(events: readonly string[]): Shelf[] {
    const shelves: Shelf[] = [];
    for (const [event, shelf] of this.#shelves) if (events.length === 0 || events.includes(event)) shelves.push(shelf);
    return shelves;
  }

  #page(after: number, events: readonly string[]): Page {
    for (const [event, { evicted }] of this.#shelves) {
      if (evicted > after && (events.length === 0 || events.includes(event))) throw gone(after, event, evicted);
    }
    const facts: Fact[] = [];
    for (const { shelf, index } of inOrder(this.#wanted(events), after)) {
      if (facts.length === PAGE) return { facts, upTo: facts.at(-1)!.cursor, more: true };
      const fact = shelf.fact(index);
      if (fact) facts.push(fact);
    }
    return { facts, upTo: this.#cursor, more: false };
  }
}

/** Rows of several shelves past `cursor`, in the order of their cursors. */
function* inOrder(shelves: readonly Shelf[], cursor: number): Generator<{ shelf: Shelf; index: number }, undefined> {
  const next = shelves.map((shelf) => ({ shelf, index: shelf.after(cursor) }));
  for (;;) {
    let first: { shelf: Shelf; index: number } | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const one of next) {
      const at = one.shelf.cursor(one.index);
      if (at < least) [first, least] = [one, at];
    }
    if (first === undefined) return undefined;
    yield first;
    first.index += 1;
  }
}

function gone(after: number, event: string, upTo: number): CsError {
  return new CsError('CS_EVICTED', `facts after cursor ${after} are gone (${event} up to ${upTo})`, {
    hint: event === 'mail.stored' ? 'wait sooner, or raise --memory-messages' : 'wait sooner',
  });
}
