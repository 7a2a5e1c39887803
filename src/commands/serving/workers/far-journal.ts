import type { Fact, Journal, NewFact } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';

/** Facts that nobody has taken yet: as many, and the first process does not keep up. */
const BEHIND = 20_000;

interface Waiting {
  readonly fact: NewFact;
  readonly resolve: (cursor: number) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker's journal: what it is told goes to the first process's, the facts of one turn of the loop in one message. */
export class FarJournal implements Journal {
  readonly durable?: true;
  readonly #send: (facts: readonly NewFact[]) => Promise<readonly number[]>;
  #waiting: Waiting[] = [];
  #open = 0;
  #idle: (() => void)[] = [];

  constructor(durable: boolean, send: (facts: readonly NewFact[]) => Promise<readonly number[]>) {
    if (durable) this.durable = true;
    this.#send = send;
  }

  get behind(): boolean {
    return this.#open > BEHIND;
  }

  add(fact: NewFact): Promise<number> {
    this.#open += 1;
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ fact, resolve, reject }) === 1) setImmediate(() => void this.#flush());
    });
  }

  /** Resolves when everything added before is in the first process's journal, or lost with it. */
  async settled(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
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

  async #flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const cursors = await this.#send(batch.map(({ fact }) => fact));
      for (const [at, { resolve }] of batch.entries()) resolve(cursors[at] ?? 0);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#open -= batch.length;
    if (this.#open === 0) for (const idle of this.#idle.splice(0)) idle();
  }
}

function elsewhere(): Promise<never> {
  return Promise.reject(new CsError('CS_BUG', 'a worker reads no facts'));
}
