import type { Fact } from '../contracts/journal.ts';
import type { Awaited } from './waiting.ts';

/** Told in full; of more the newest. */
const SHOWN = 10;

/** What arrived and was not it: half the answer to why a wait failed. */
export class NearMisses {
  readonly #wanted: Pick<Awaited, 'line' | 'noun'>;
  readonly #newest: string[] = [];
  #count = 0;

  constructor(wanted: Pick<Awaited, 'line' | 'noun'>) {
    this.#wanted = wanted;
  }

  add(fact: Fact, why: string): void {
    this.#count += 1;
    this.#newest.push(`${this.#wanted.line(fact)} (${why})`);
    if (this.#newest.length > SHOWN) this.#newest.shift();
  }

  /** @param matched how many did match, of so many `count` */
  text(matched: number, count: number): string {
    const { noun } = this.#wanted;
    if (this.#count === 0 && matched === 0) return `no ${noun} arrived`;
    const all = this.#count + matched;
    const many = matched === 0 ? 'none' : count === 1 ? matched : `${matched} of ${count}`;
    const arrived = `${all} ${noun}${all === 1 ? '' : 's'} arrived, ${many} matched`;
    const left = this.#count - this.#newest.length;
    const more = left > 0 ? `, and ${left} before` : '';
    return this.#count === 0 ? arrived : `${arrived}: ${this.#newest.join(', ')}${more}`;
  }
}
