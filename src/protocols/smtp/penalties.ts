/** Patience with a client that errs (trust.md SM-28): first answers wait, then it ends. */

export interface PenaltyRules {
  /** Errors of one conversation. */
  readonly errors: number;
  /** Commands that lead nowhere, between two messages. */
  readonly junk: number;
}

export type Verdict = 'go on' | 'wait' | 'close';

export class Penalties {
  readonly #rules: PenaltyRules;
  readonly #overloaded: () => boolean;
  #errors = 0;
  #junk = 0;

  /** @param overloaded there is no patience while this is true (trust.md section 5) */
  constructor(rules: PenaltyRules, overloaded: () => boolean = () => false) {
    this.#rules = rules;
    this.#overloaded = overloaded;
  }

  error(): Verdict {
    this.#errors += 1;
    if (this.#errors >= this.#rules.errors || this.#overloaded()) return 'close';
    return this.#errors > this.#rules.errors / 2 ? 'wait' : 'go on';
  }

  junk(): Verdict {
    this.#junk += 1;
    const junk = this.#overloaded() ? 1 : this.#rules.junk;
    return this.#junk > junk ? this.error() : 'go on';
  }

  /** A message was taken: whatever went wrong before, this client gets something done. */
  forgive(): void {
    this.#errors = 0;
    this.#junk = 0;
  }
}
