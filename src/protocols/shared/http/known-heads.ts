/** Heads that were understood once: the same octets mean the same, so they need no second look. */
import type { Connection } from '../../../contracts/connection.ts';
import type { Recognised } from './recognise.ts';

/** Octets of a head that is remembered, and how many heads. */
export const LONGEST_HEAD = 4096;
const REMEMBERED = 1024;

/** By their text. */
export type Heads = Map<string, Recognised>;

/** For a whole door. */
export class KnownHeads {
  /** By the address that was dialled: a Host may be allowed because it is that. */
  readonly #byAddress = new Map<string, Heads>();

  of({ local: { address } }: Connection): Heads {
    let heads = this.#byAddress.get(address);
    if (heads === undefined) {
      heads = new Map();
      this.#byAddress.set(address, heads);
    }
    return heads;
  }
}

export function remember(heads: Heads, text: string, head: Recognised): void {
  if (heads.size >= REMEMBERED) heads.clear();
  heads.set(text, head);
}
