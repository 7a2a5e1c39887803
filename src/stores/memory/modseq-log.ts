/** Uids in the order in which something happened to them: the tail of it is what `changes` reads. */
export class ModseqLog {
  #modseqs: number[] = [];
  #uids: number[] = [];

  get length(): number {
    return this.#uids.length;
  }

  /** @param modseq not below any before */
  add(uid: number, modseq: number): void {
    this.#modseqs.push(modseq);
    this.#uids.push(uid);
  }

  /** Each once, in no order. */
  after(modseq: number): Set<number> {
    return new Set(this.#uids.slice(this.#firstAfter(modseq)));
  }

  keep(wanted: (uid: number, modseq: number) => boolean): void {
    const modseqs: number[] = [];
    const uids: number[] = [];
    for (const [at, uid] of this.#uids.entries()) {
      const modseq = this.#modseqs[at]!;
      if (!wanted(uid, modseq)) continue;
      modseqs.push(modseq);
      uids.push(uid);
    }
    this.#modseqs = modseqs;
    this.#uids = uids;
  }

  /** Lets the oldest go; the modseq of the last that went. */
  shorten(length: number): number {
    const spare = this.length - length;
    const last = this.#modseqs[spare - 1] ?? 0;
    this.#modseqs.splice(0, spare);
    this.#uids.splice(0, spare);
    return last;
  }

  #firstAfter(modseq: number): number {
    let low = 0;
    let high = this.#modseqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#modseqs[middle]! <= modseq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
