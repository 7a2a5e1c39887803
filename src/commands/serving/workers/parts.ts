import type { Json } from '../../../contracts/journal.ts';
import type { Siblings } from '../../../contracts/siblings.ts';
import type { Claimed } from './orders.ts';

/** What a worker counts and all of them show; what it works on, and gives up for another. */
export class Parts implements Siblings {
  readonly #own = new Map<string, () => Json>();
  readonly #inherited: Readonly<Record<string, Json>>;
  readonly #gather: (name: string) => Promise<readonly Json[]>;
  readonly #claim: (claimed: Claimed) => Promise<void>;
  readonly #releases: { readonly name: string; readonly release: (thing: string) => Promise<void> }[] = [];

  constructor(
    inherited: Readonly<Record<string, Json>>,
    gather: (name: string) => Promise<readonly Json[]>,
    claim: (claimed: Claimed) => Promise<void>,
  ) {
    this.#inherited = inherited;
    this.#gather = gather;
    this.#claim = claim;
  }

  share(name: string, own: () => Json) {
    this.#own.set(name, own);
    return { inherited: this.#inherited[name], all: () => this.#gather(name) };
  }

  only(name: string, release: (thing: string) => Promise<void>) {
    this.#releases.push({ name, release });
    return (thing: string) => this.#claim({ name, thing });
  }

  /** Another one claims it. */
  async release({ name, thing }: Claimed): Promise<void> {
    const asked = this.#releases.filter((one) => one.name === name);
    await Promise.all(asked.map(({ release }) => release(thing)));
  }

  now(): Record<string, Json> {
    return Object.fromEntries([...this.#own].map(([name, own]) => [name, own()]));
  }
}
