import { performance } from 'node:perf_hooks';
import type { Fact, JotForm, JotOf, Journal, NewFact } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FactBatch, PartNumbers, type SentFact } from './fact-batch.ts';

/** Facts that nobody has taken yet: as many, and the first process does not keep up. */
const BEHIND = 20_000;
/** Milliseconds between two messages while there is much to tell: a message costs more than many facts. */
const GATHER = 5;

interface Added {
  readonly resolve: (cursor: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker's journal: what it is told goes to the first process's, at once or, where there is much, some milliseconds of it in one message. */
export class FarJournal implements Journal {
  readonly durable?: true;
  readonly jot?: NonNullable<Journal['jot']>;
  readonly #send: (batch: FactBatch) => Promise<readonly number[]>;
  readonly #numbers = new PartNumbers();
  #facts: SentFact[] = [];
  /** Those of `#facts` that somebody waits for. */
  #added: Added[] = [];
  #open = 0;
  #idle: (() => void)[] = [];
  #flushed = Number.NEGATIVE_INFINITY;

  /** @param durable what the first process's is */
  constructor(durable: boolean, send: (batch: FactBatch) => Promise<readonly number[]>) {
    if (durable) this.durable = true;
    else this.jot = (form, of, by, a, b, c) => this.#jot(form, of, by, a, b, c);
    this.#send = send;
  }

  get behind(): boolean {
    return this.#open > BEHIND;
  }

  add(fact: NewFact): Promise<number> {
    this.#tell(fact);
    return new Promise((resolve, reject) => this.#added.push({ resolve, reject }));
  }

  /** Resolves when everything told before is in the first process's journal, or lost with it. */
  async settled(): Promise<void> {
    if (this.#open === 0) return;
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    void this.#flush();
    await idle;
  }

  mark(): Promise<number> {
    return elsewhere();
  }

  since(): AsyncIterable<Fact> {
    throw new CsError('CS_BUG', 'a worker reads no facts');
  }

  claim(): Promise<boolean> {
    return elsewhere();
  }

  unclaimed(): Promise<readonly Fact[]> {
    return elsewhere();
  }

  #jot<Of extends JotOf, By extends object>(
    { event }: JotForm<Of, By>,
    of: Of,
    by: By,
    a: number,
    b: number,
    c: number,
  ): void {
    this.#tell([event, this.#numbers.of(of), this.#numbers.of(by), a, b, c]);
  }

  #tell(fact: SentFact): void {
    this.#open += 1;
    if (this.#facts.push(fact) > 1) return;
    const flush = (): void => void this.#flush();
    if (performance.now() - this.#flushed < GATHER) setTimeout(flush, GATHER);
    else setImmediate(flush);
  }

  async #flush(): Promise<void> {
    if (this.#facts.length === 0) return;
    const [facts, added] = [this.#facts, this.#added];
    this.#flushed = performance.now();
    [this.#facts, this.#added] = [[], []];
    try {
      const cursors = await this.#send(this.#numbers.batch(facts));
      for (const [at, { resolve }] of added.entries()) resolve(cursors[at] ?? 0);
    } catch (error) {
      for (const { reject } of added) reject(error);
    }
    this.#open -= facts.length;
    if (this.#open === 0) for (const idle of this.#idle.splice(0)) idle();
  }
}

function elsewhere(): Promise<never> {
  return Promise.reject(new CsError('CS_BUG', 'a worker reads no facts'));
}
