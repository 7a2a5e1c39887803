/** Facts on their way from a worker: what many of them share goes once. */
import type { JotForm, JotOf, Journal, NewFact } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';

/** A fact, or one in parts: its event, the numbers of its `of` and `by`, and its own three. */
export type SentFact = NewFact | readonly [string, number, number, number, number, number];

export interface FactBatch {
  /** The numbers of parts begin anew. */
  readonly anew: boolean;
  /** In the order of their numbers. */
  readonly parts: readonly object[];
  readonly facts: readonly SentFact[];
}

export type Form = JotForm<JotOf, object>;
/** By event. */
export type Forms = ReadonlyMap<string, Form>;

/** Parts that are known by a number; beyond these all are told again. */
const PARTS = 1000;

/** A worker's side: what has been told, and what is to be. */
export class PartNumbers {
  #known = new Map<object, number>();
  #parts: object[] = [];
  #anew = true;

  of(part: object): number {
    let number = this.#known.get(part);
    if (number === undefined) {
      number = this.#known.size;
      this.#known.set(part, number);
      this.#parts.push(part);
    }
    return number;
  }

  /** Everything before is told by this; what comes next stands behind it. */
  batch(facts: readonly SentFact[]): FactBatch {
    const batch = { anew: this.#anew, parts: this.#parts, facts };
    this.#anew = this.#known.size > PARTS;
    this.#parts = [];
    if (this.#anew) this.#known = new Map();
    return batch;
  }
}

/** The first process's side, for one worker. */
export class FactIntake {
  readonly #journal: Journal;
  readonly #forms: Forms;
  #parts: object[] = [];

  constructor(journal: Journal, forms: Forms) {
    this.#journal = journal;
    this.#forms = forms;
  }

  /** Resolves to the cursors of those that are no jots. */
  take({ anew, parts, facts }: FactBatch): Promise<readonly number[]> {
    if (anew) this.#parts = [];
    // A count of holders that came with one is another journal's.
    for (const part of parts) this.#parts.push('held' in part ? { ...part, held: 0 } : part);
    const added: Promise<number>[] = [];
    for (const fact of facts) {
      if (Array.isArray(fact)) this.#jot(fact as Extract<SentFact, readonly unknown[]>);
      else added.push(this.#journal.add(fact as NewFact));
    }
    return Promise.all(added);
  }

  #jot([event, of, by, a, b, c]: Extract<SentFact, readonly unknown[]>): void {
    const form = this.#forms.get(event);
    const [shared, whose] = [this.#parts[of], this.#parts[by]];
    if (!form || !shared || !whose || !this.#journal.jot) throw new CsError('CS_BUG', `no parts of a fact ${event}`);
    this.#journal.jot(form, shared as JotOf, whose, a, b, c);
  }
}
