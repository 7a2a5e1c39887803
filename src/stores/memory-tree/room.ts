import { CsError } from '../../kit/errors.ts';

/** Octets of published, staged and arriving content against the tree's limit. */
export class Room {
  readonly total: number;
  #used = 0;

  constructor(total: number) {
    this.total = total;
  }

  get free(): number {
    return Math.max(0, this.total - this.#used);
  }

  /** Throws `CS_DISK_FULL` when as much is not there; takes nothing. */
  check(octets: number): void {
    if (octets > this.free) throw new CsError('CS_DISK_FULL', 'the files in memory have reached their limit');
  }

  take(octets: number): void {
    this.check(octets);
    this.#used += octets;
  }

  give(octets: number): void {
    this.#used -= octets;
  }
}
