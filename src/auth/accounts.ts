import { timingSafeEqual } from 'node:crypto';
import type {
  Accounts,
  Identity,
  LoginSource,
  Proof,
  ScramKeys,
  UserRecord,
  UserRecords,
} from '../contracts/accounts.ts';
import type { Journal } from '../contracts/journal.ts';
import type { Log } from '../contracts/store.ts';
import { tokenHolder } from '../kit/lent-token.ts';
import { PASSWORD_OCTETS, prepareName, preparePassword } from '../kit/precis.ts';
import type { Secret } from '../kit/secret.ts';
import { Checker } from './checker.ts';
import { type Clock, monotonic } from './clock.ts';
import { LoginFacts } from './login-facts.ts';
import { candidates } from './owner.ts';
import { hashMachineSecret, isMachineSecret, type PasswordHasher, scryptHasher } from './password.ts';
import { fakeScramKeys, parseScramKeys } from './scram-keys.ts';
import { Throttle } from './throttle.ts';

export interface AccountsConfig {
  readonly records: UserRecords;
  /** `any`: every login is accepted and recorded, except a wrong password for an account that exists. */
  readonly mode: 'any' | 'required';
  readonly journal: Journal;
  readonly log: Log;
  /** Slow failed logins down on loopback too. */
  readonly throttleLoopback: boolean;
  readonly clock?: Clock;
  readonly hasher?: PasswordHasher;
}

export function createAccounts(config: AccountsConfig): Accounts {
  return new UserAccounts(config);
}

/** Milliseconds that "has anybody a SCRAM verifier?" is believed: it is asked at every EHLO. */
const SCRAM_KNOWN_FOR = 2000;

class UserAccounts implements Accounts {
  readonly mode: 'any' | 'required';
  readonly #records: UserRecords;
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  readonly #checker: Checker;
  readonly #facts: LoginFacts;
  #oldestScram: { readonly record: UserRecord | undefined; readonly until: number } | undefined;

  constructor({
    records,
    mode,
    journal,
    log,
    throttleLoopback,
    clock = monotonic,
    hasher = scryptHasher,
  }: AccountsConfig) {
    this.mode = mode;
    this.#records = records;
    this.#clock = clock;
    this.#checker = new Checker(records, hasher, clock, log);
    this.#facts = new LoginFacts(journal, log);
    this.#throttle = new Throttle(clock, throttleLoopback, (from, ms) => this.#facts.blocked(from, ms));
  }

  async verify(user: string, proof: Proof, from: LoginSource, signal?: AbortSignal): Promise<Identity | undefined> {
    this.#throttle.admit(from);
    const shown = (proof.kind === 'password' ? proof.password : proof.token).reveal();
    const name = prepareName(user);
    const record = name === undefined ? undefined : await this.#find(name);
    const secret = preparePassword(shown);
    if (name === undefined) return this.#reject(user, from, signal);
    // The token of an inbox that is gone is no password of anybody.
    const anybody = record === undefined && this.mode === 'any' && tokenHolder(shown) === undefined;
    if (anybody) return this.#acceptAnybody(user, name, shown, from, signal);
    if (secret === undefined) return this.#reject(user, from, signal);
    if (!(await this.#proves(name, record, secret, from, signal))) return this.#reject(user, from, signal);
    return this.#accept(identityOf(record!), from);
  }

  async bearer(token: Secret, from: LoginSource, signal?: AbortSignal): Promise<Identity | undefined> {
    this.#throttle.admit(from);
    const secret = preparePassword(token.reveal());
    const named = secret === undefined ? undefined : tokenHolder(secret);
    const record = secret === undefined ? undefined : holderOf(await this.#candidates(named), secret);
    if (record !== undefined) return this.#accept(identityOf(record), from);
    if (this.mode === 'any' && named === undefined) return { name: '', addresses: [], known: false };
    return this.#reject(named ?? '', from, signal);
  }

  async scram(user: string): Promise<ScramKeys | undefined> {
    const name = prepareName(user);
    const record = name === undefined ? undefined : await this.#find(name);
    if (record?.scram !== undefined) return parseScramKeys(record.scram);
    const oldest = await this.#oldestWithScram();
    return oldest && fakeScramKeys(name ?? user, oldest);
  }

  async settle(user: string, proved: boolean, from: LoginSource, signal?: AbortSignal): Promise<Identity | undefined> {
    this.#throttle.admit(from);
    const name = prepareName(user);
    const record = name === undefined || !proved ? undefined : await this.#find(name);
    return record === undefined ? this.#reject(user, from, signal) : this.#accept(identityOf(record), from);
  }

  async owner(address: string): Promise<Identity | undefined> {
    for (const name of candidates(address)) {
      const record = await this.#find(name);
      if (record !== undefined) return identityOf(record);
    }
    return undefined;
  }

  async #find(name: string): Promise<UserRecord | undefined> {
    return (await this.#records.get(name)) ?? (name.includes('@') ? this.#records.byAddress(name) : undefined);
  }

  /** A token that says whose it is spares the look at all others. */
  async #candidates(named: string | undefined): Promise<readonly UserRecord[]> {
    if (named === undefined) return this.#records.list();
    const record = await this.#records.get(named);
    return record ? [record] : [];
  }

  /** One slow check, whether the account is there or not. */
  async #proves(
    name: string,
    record: UserRecord | undefined,
    secret: string,
    from: LoginSource,
    signal?: AbortSignal,
  ): Promise<boolean> {
    if (record !== undefined && this.#checker.remembers(record, secret)) return true;
    await this.#throttle.slowDown(record?.name ?? name, from, signal);
    if (record !== undefined) return this.#checker.matches(record, secret);
    await this.#checker.waste(secret);
    return false;
  }

  /** Nobody is known by this name and everybody may come in: there is nothing to check but the length. */
  async #acceptAnybody(
    user: string,
    name: string,
    shown: string,
    from: LoginSource,
    signal?: AbortSignal,
  ): Promise<Identity | undefined> {
    if (Buffer.byteLength(shown) > PASSWORD_OCTETS) return this.#reject(user, from, signal);
    return this.#accept({ name, addresses: name.includes('@') ? [name] : [], known: false }, from);
  }

  async #accept(identity: Identity, from: LoginSource): Promise<Identity> {
    await this.#facts.accepted(identity, from);
    return identity;
  }

  async #reject(user: string, from: LoginSource, signal?: AbortSignal): Promise<undefined> {
    await this.#facts.failed(user, from);
    await this.#throttle.failed(prepareName(user) ?? '', from, signal);
    return undefined;
  }

  async #oldestWithScram(): Promise<UserRecord | undefined> {
    const known = this.#oldestScram;
    if (known && this.#clock.now() < known.until) return known.record;
    const records = (await this.#records.list()).filter((record) => record.scram !== undefined);
    const [record] = records.sort((a, b) => (`${a.createdAt} ${a.name}` < `${b.createdAt} ${b.name}` ? -1 : 1));
    this.#oldestScram = { record, until: this.#clock.now() + SCRAM_KNOWN_FOR };
    return record;
  }
}

/** Every record is compared, in constant time each, so that the time says nothing about whose it is. */
function holderOf(records: readonly UserRecord[], secret: string): UserRecord | undefined {
  const shown = Buffer.from(hashMachineSecret(secret));
  let holder: UserRecord | undefined;
  for (const record of records) {
    if (record.password === undefined || !isMachineSecret(record.password)) continue;
    const kept = Buffer.from(record.password);
    if (kept.length === shown.length && timingSafeEqual(kept, shown)) holder = record;
  }
  return holder;
}

function identityOf({ name, addresses, lent }: UserRecord): Identity {
  const own = name.includes('@') ? [name] : [];
  const all = [...new Set([...own, ...addresses])];
  return { name, addresses: all, known: true, ...(lent && { confined: true }) };
}
