import { seeded } from '../../src/kit/faults.ts';

/** Choices that come out the same for the same seed: an input is found again by its number. */
export class Chance {
  /** From 0 (inclusive) to 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seeded(seed);
  }

  /** An integer below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
