/** Facts of one event in the order of their cursors, in one ring of rows: many of them are no work for the collector. */
import type { Fact, JotForm, JotOf, Json, NewFact } from '../../contracts/journal.ts';

/** What is known of a row's fact: nobody waited for it, somebody did, somebody has it alone, it is forgotten. */
const UNCLAIMED = 0;
const NOTED = 1;
const TAKEN = 2;
const GONE = 3;
/** Rows of a new shelf. */
const FIRST = 64;
/** Numbers of a row: cursor, time, and what it was jotted with, or its octets. */
const NUMBERS = 5;
/** What a row costs beside its texts. */
const ROW = 160;

type AnyForm = JotForm<JotOf, object>;
/** A fact that was added whole, and one in its parts. */
type Of = NewFact | JotOf;

export class Shelf {
  /** Facts that are there. */
  live = 0;
  /** About what they cost in all. */
  octets = 0;
  /** The newest cursor that a limit took. */
  evicted = 0;
  #mask = FIRST - 1;
  #head = 0;
  /** Rows in use, forgotten ones between others too. */
  #used = 0;
  #numbers = new Float64Array(FIRST * NUMBERS);
  #states = new Uint8Array(FIRST);
  #forms: (AnyForm | undefined)[] = filled(FIRST);
  #of: (Of | undefined)[] = filled(FIRST);
  #by: (object | undefined)[] = filled(FIRST);

  /** @param at milliseconds since 1970 */
  add(cursor: number, at: number, fact: NewFact): void {
    const octets = octetsOf(fact);
    this.octets += ROW + octets;
    const row = this.#row(cursor, at, octets, 0, 0);
    this.#of[row] = fact;
  }

  jot(cursor: number, at: number, form: AnyForm, of: JotOf, by: object, a: number, b: number, c: number): void {
    const row = this.#row(cursor, at, a, b, c);
    // What many share is counted once.
    this.octets += of.held === 0 ? ROW + of.octets : ROW;
    of.held += 1;
    this.#forms[row] = form;
    this.#of[row] = of;
    this.#by[row] = by;
  }

  /** Of the n-th row in use; past them all it is never reached. */
  cursor(index: number): number {
    return index < this.#used ? this.#number(this.#place(index), 0) : Number.POSITIVE_INFINITY;
  }

  /** The first row past `cursor`. */
  after(cursor: number): number {
    let low = 0;
    let high = this.#used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.cursor(middle) <= cursor) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Undefined: forgotten. */
  fact(index: number): Fact | undefined {
    const row = this.#place(index);
    const of = this.#of[row];
    if (of === undefined) return undefined;
    const form = this.#forms[row];
    const [a, b, c] = [this.#number(row, 2), this.#number(row, 3), this.#number(row, 4)];
    const whole = form === undefined ? (of as NewFact) : form.whole(of as JotOf, this.#by[row]!, a, b, c);
    return { ...whole, cursor: this.#number(row, 0), ts: new Date(this.#number(row, 1)).toISOString() } as Fact;
  }

  /** Whether nobody waited for it. */
  unclaimed(index: number): boolean {
    return this.#states[this.#place(index)] === UNCLAIMED;
  }

  /** False: it is not here, or somebody has it alone. */
  claim(cursor: number, exclusive: boolean): boolean {
    const row = this.#find(cursor);
    const state = row === undefined ? GONE : this.#states[row]!;
    if (row === undefined || state === GONE || (exclusive && state === TAKEN)) return false;
    if (exclusive) this.#states[row] = TAKEN;
    else if (state === UNCLAIMED) this.#states[row] = NOTED;
    return true;
  }

  /** A limit takes the oldest. */
  evictOldest(): void {
    // What is forgotten is never left at the head.
    this.#evict(this.#head);
  }

  /** A limit takes this one, if it is here. */
  evict(cursor: number): void {
    const row = this.#find(cursor);
    if (row !== undefined && this.#states[row] !== GONE) this.#evict(row);
  }

  /** Takes out all of them; they do not count as evicted. */
  clear(): void {
    while (this.live > 0) this.#takeOut(this.#head);
  }

  #evict(row: number): void {
    this.evicted = Math.max(this.evicted, this.#number(row, 0));
    this.#takeOut(row);
  }

  #takeOut(row: number): void {
    const of = this.#of[row]!;
    if (this.#forms[row] === undefined) this.octets -= ROW + this.#number(row, 2);
    else {
      const shared = of as JotOf;
      shared.held -= 1;
      this.octets -= shared.held === 0 ? ROW + shared.octets : ROW;
    }
    this.#forms[row] = undefined;
    this.#of[row] = undefined;
    this.#by[row] = undefined;
    this.#states[row] = GONE;
    this.live -= 1;
    while (this.#used > 0 && this.#states[this.#head] === GONE) {
      this.#head = (this.#head + 1) & this.#mask;
      this.#used -= 1;
    }
  }

  #row(cursor: number, at: number, a: number, b: number, c: number): number {
    if (this.#used > this.#mask) this.#resize(this.live * 2 > this.#used ? this.#used * 2 : this.#used);
    const row = this.#place(this.#used);
    const numbers = this.#numbers;
    let column = row * NUMBERS;
    numbers[column++] = cursor;
    numbers[column++] = at;
    numbers[column++] = a;
    numbers[column++] = b;
    numbers[column] = c;
    this.#states[row] = UNCLAIMED;
    this.#used += 1;
    this.live += 1;
    return row;
  }

  #number(row: number, column: number): number {
    return this.#numbers[row * NUMBERS + column]!;
  }

  #place(index: number): number {
    return (this.#head + index) & this.#mask;
  }

  #find(cursor: number): number | undefined {
    const index = this.after(cursor) - 1;
    return index >= 0 && this.cursor(index) === cursor ? this.#place(index) : undefined;
  }

  /** Without the forgotten rows; a power of two. */
  #resize(size: number): void {
    const [numbers, states, forms, of, by] = [this.#numbers, this.#states, this.#forms, this.#of, this.#by];
    this.#numbers = new Float64Array(size * NUMBERS);
    this.#states = new Uint8Array(size);
    this.#forms = filled(size);
    this.#of = filled(size);
    this.#by = filled(size);
    let to = 0;
    for (let index = 0; index < this.#used; index++) {
      const row = this.#place(index);
      if (states[row] === GONE) continue;
      this.#numbers.set(numbers.subarray(row * NUMBERS, row * NUMBERS + NUMBERS), to * NUMBERS);
      this.#states[to] = states[row]!;
      this.#forms[to] = forms[row];
      this.#of[to] = of[row];
      this.#by[to] = by[row];
      to += 1;
    }
    this.#mask = size - 1;
    this.#head = 0;
    this.#used = to;
  }
}

function filled(size: number): undefined[] {
  return new Array(size).fill(undefined);
}

/** About what a fact costs in memory, or a part of one. */
function octetsOf(value: NewFact | Json | undefined): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  const parts = Object.values(value) as Json[];
  return parts.reduce((sum: number, part) => sum + 8 + octetsOf(part), 32);
}
