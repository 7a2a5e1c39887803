import type { Fact } from '../../contracts/journal.ts';
import { mailLine } from './mail-match.ts';

/** Told in full; of more the newest. */
const SHOWN = 10;

/** What arrived and was not it: half the answer to why a wait failed. */
export class NearMisses {
  readonly #newest: string[] = [];
  #count = 0;

  add(fact: Fact, why: string): void {
    this.#count += 1;
    this.#newest.push(`${mailLine(fact)} (${why})`);
    if (this.#newest.length > SHOWN) this.#newest.shift();
  }

  /** @param matched how many did match, of so many `wanted` */
  text(matched: number, wanted: number): string {
    if (this.#count === 0 && matched === 0) return 'no message arrived';
    const all = this.#count + matched;
    const arrived = `${all} message${all === 1 ? '' : 's'} arrived, ${matched === 0 ? 'none' : wanted === 1 ? matched : `${matched} of ${wanted}`} matched`;
    const left = this.#count - this.#newest.length;
    const more = left > 0 ? `, and ${left} before` : '';
    return this.#count === 0 ? arrived : `${arrived}: ${this.#newest.join(', ')}${more}`;
  }
}
