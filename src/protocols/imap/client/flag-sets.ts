/** Few combinations of flags, however many messages: each is kept once. */
export class FlagSets {
  readonly all: (readonly string[])[] = [];
  readonly #known = new Map<string, number>();

  index(flags: readonly string[]): number {
    const key = flags.join(' ');
    let index = this.#known.get(key);
    if (index === undefined) {
      index = this.all.push(flags) - 1;
      this.#known.set(key, index);
    }
    return index;
  }
}
