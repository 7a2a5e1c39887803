import type { UserRecord, UserRecords } from '../contracts/accounts.ts';
import type { Log } from '../contracts/store.ts';
import { asCsError } from '../kit/errors.ts';
import type { Clock } from './clock.ts';
import { Lanes } from './lanes.ts';
import { LoginCache } from './login-cache.ts';
import { isMachineSecret, type PasswordHasher } from './password.ts';

/**
 * Is this the account's password? Every failure costs exactly one slow hash, whatever the account is or whether it is
 * there at all, so that the time says nothing about names.
 */
export class Checker {
  readonly #records: UserRecords;
  readonly #hasher: PasswordHasher;
  readonly #log: Log;
  readonly #cache: LoginCache;
  readonly #lanes = new Lanes();
  /** The same password for the same account, asked for again while it is being checked: one hash serves both. */
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(records: UserRecords, hasher: PasswordHasher, clock: Clock, log: Log) {
    this.#records = records;
    this.#hasher = hasher;
    this.#log = log;
    this.#cache = new LoginCache(clock);
  }

  /** Succeeded lately: needs no hash and no slow-down. */
  remembers(record: UserRecord, secret: string): boolean {
    return this.#cache.has(this.#cache.mark(record, secret));
  }

  /** Throws `CS_BUSY` when too many are waiting. */
  async matches(record: UserRecord, secret: string): Promise<boolean> {
    const mark = this.#cache.mark(record, secret);
    if (this.#cache.has(mark)) return true;
    const running = this.#running.get(mark);
    if (running !== undefined) return running;
    const check = this.#check(record, secret, mark).finally(() => this.#running.delete(mark));
    this.#running.set(mark, check);
    return check;
  }

  /** As long as a real check takes. */
  async waste(secret: string): Promise<void> {
    await this.#lanes.run(() => this.#hasher.verify(this.#hasher.nobody, secret));
  }

  async #check(record: UserRecord, secret: string, mark: string): Promise<boolean> {
    const stored = record.password;
    if (stored === undefined || isMachineSecret(stored)) {
      const right = stored !== undefined && (await this.#hasher.verify(stored, secret));
      if (!right) await this.waste(secret);
      return right;
    }
    const right = await this.#lanes.run(() => this.#hasher.verify(stored, secret));
    if (!right) return false;
    this.#cache.add(mark);
    if (this.#hasher.outdated(stored)) await this.#renew(record, secret);
    return true;
  }

  /** The password is at hand only now, so this is the moment to store it by today's parameters. */
  async #renew(record: UserRecord, secret: string): Promise<void> {
    try {
      const password = await this.#lanes.run(() => this.#hasher.hash(secret));
      const now = await this.#records.get(record.name);
      if (now !== undefined && now.password === record.password) await this.#records.put({ ...now, password });
    } catch (error) {
      this.#log('warn', 'auth.rehash_failed', { user: record.name, code: asCsError(error).code });
    }
  }
}
