import { createHmac, randomBytes } from 'node:crypto';
import type { UserRecord } from '../contracts/accounts.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Clock } from './clock.ts';

const LIFE = 5 * 60_000;
const ENTRIES = 1000;

/**
 * Logins that succeeded lately, so that a mail program's tenth connection costs no hash. Holds no password: only an HMAC
 * under a key of this process over the record and what was shown, so a changed record is a miss.
 */
export class LoginCache {
  readonly #key = randomBytes(32);
  readonly #until = new BoundedMap<number>(ENTRIES);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mark(record: UserRecord, secret: string): string {
    const facts = JSON.stringify([record.name, record.createdAt, record.updatedAt, record.password, secret]);
    return createHmac('sha256', this.#key).update(facts).digest('base64');
  }

  has(mark: string): boolean {
    const until = this.#until.get(mark);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#until.delete(mark);
    return false;
  }

  add(mark: string): void {
    this.#until.set(mark, this.#clock.now() + LIFE);
  }
}
