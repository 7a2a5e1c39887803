/** Few combinations of flags, many messages: a column of numbers, and what they stand for. */
export class FlagSets {
  readonly sets: (readonly string[])[] = [];
  readonly #byKey = new Map<string, number>();

  of(flags: readonly string[]): number {
    return this.ofKey(flags.join(' '), () => flags);
  }

  /** @param key the same for the same flags; `make` gives them */
  ofKey(key: string, make: () => readonly string[]): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const at = this.sets.push(make()) - 1;
    this.#byKey.set(key, at);
    return at;
  }
}
