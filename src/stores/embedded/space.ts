import { statfs } from 'node:fs/promises';
import { CsError } from '../../kit/errors.ts';

const FRESH_FOR = 1000;
/** Log and index grow with each message too, and removing mail takes room before it makes some. */
const LEAST = 4 * 1024 * 1024;
/** What a message takes beyond its own octets. */
const SHARE = 1.5;

/** Says no to a message that will not fit before its octets travel. Looks at the disk once a second at most. */
export class Space {
  readonly #dir: string;
  readonly #relieve: () => Promise<unknown>;
  #relievedAt = Number.NEGATIVE_INFINITY;
  #free = 0;
  #at = Number.NEGATIVE_INFINITY;

  /** @param relieve gives back to the disk what the store does not need; asked when there is too little, once a second at most */
  constructor(dir: string, relieve: () => Promise<unknown>) {
    this.#dir = dir;
    this.#relieve = relieve;
  }

  /** @param announced octets the sender means to send. Throws (or rejects with) `CS_DISK_FULL`. */
  check(announced: number): Promise<void> | undefined {
    const needed = Math.max(SHARE * announced, LEAST);
    const fresh = performance.now() - this.#at < FRESH_FOR;
    if (fresh && this.#free >= needed) return undefined;
    return this.#look(needed);
  }

  /** Octets that went to the disk since it was looked at. */
  spend(octets: number): void {
    this.#free -= SHARE * octets;
  }

  /** Something did not fit: look again before the next. */
  doubt(): void {
    this.#at = Number.NEGATIVE_INFINITY;
  }

  async #look(needed: number): Promise<void> {
    await this.#see();
    const now = performance.now();
    if (this.#free < needed && now - this.#relievedAt >= FRESH_FOR) {
      this.#relievedAt = now;
      await this.#relieve().catch(() => {});
      await this.#see();
    }
    if (this.#free < needed) throw new CsError('CS_DISK_FULL', 'no room left where the mail is kept');
  }

  async #see(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#dir);
    this.#free = bavail * bsize;
    this.#at = performance.now();
  }
}
