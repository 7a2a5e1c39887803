import type { Json } from '../../../contracts/journal.ts';
import type { Siblings } from '../../../contracts/siblings.ts';

/** What a worker counts and all of them show. */
export class Parts implements Siblings {
  readonly #own = new Map<string, () => Json>();
  readonly #inherited: Readonly<Record<string, Json>>;
  readonly #gather: (name: string) => Promise<readonly Json[]>;

  constructor(inherited: Readonly<Record<string, Json>>, gather: (name: string) => Promise<readonly Json[]>) {
    this.#inherited = inherited;
    this.#gather = gather;
  }

  share(name: string, own: () => Json) {
    this.#own.set(name, own);
    return { inherited: this.#inherited[name], all: () => this.#gather(name) };
  }

  now(): Record<string, Json> {
    return Object.fromEntries([...this.#own].map(([name, own]) => [name, own()]));
  }
}
