/** What failed logins cost (trust.md section 3): the source a penalty, the account a slow-down, nobody a lock-out. */
import { isIPv6 } from 'node:net';
import type { LoginSource } from '../contracts/accounts.ts';
import { CsError } from '../kit/errors.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Clock } from './clock.ts';

const AFTER_FAILURE = 1000;
const PER_FAILURE = 5000;
const ENFORCED_ABOVE = 15_000;
const MOST = 600_000;
/** Failures an account has free, then 250 ms for each, 4 s at most; one is forgotten every 30 s. */
const FREE = 5;
const PER_ACCOUNT_FAILURE = 250;
const SLOWEST = 4000;
const FORGOTTEN_AFTER = 30_000;
/** Sources and accounts remembered; each costs about 150 octets. */
const ENTRIES = 10_000;

/** An amount that one unit of time takes one unit from. */
interface Debt {
  readonly amount: number;
  readonly at: number;
}

export class Throttle {
  readonly #clock: Clock;
  readonly #loopbackToo: boolean;
  readonly #blocked: (from: LoginSource, ms: number) => void;
  readonly #sources = new BoundedMap<Debt>(ENTRIES);
  readonly #accounts = new BoundedMap<Debt>(ENTRIES);

  /** @param blocked told when a source is shut out, and for how many milliseconds */
  constructor(clock: Clock, loopbackToo: boolean, blocked: (from: LoginSource, ms: number) => void = () => {}) {
    this.#clock = clock;
    this.#loopbackToo = loopbackToo;
    this.#blocked = blocked;
  }

  /** Throws `CS_BUSY` while the source has more penalty than is free. */
  admit(from: LoginSource): void {
    const over = this.penalty(from) - ENFORCED_ABOVE;
    if (over > 0) throw new CsError('CS_BUSY', `too many failed logins, next try in ${Math.ceil(over / 1000)} s`);
  }

  /** Milliseconds of penalty that the source has left. */
  penalty(from: LoginSource): number {
    return this.#applies(from) ? this.#left(this.#sources.get(sourceKey(from.address))) : 0;
  }

  /** Before a password is checked: wait as long as the account's late failures ask for. */
  async slowDown(account: string, from: LoginSource, signal?: AbortSignal): Promise<void> {
    if (!this.#applies(from)) return;
    const failures = Math.ceil(this.#left(this.#accounts.get(account)) / FORGOTTEN_AFTER);
    const wait = Math.min((failures - FREE) * PER_ACCOUNT_FAILURE, SLOWEST);
    if (wait > 0) await this.#clock.sleep(wait, signal);
  }

  /** Counts a failure; resolves when it may be told. */
  async failed(account: string, from: LoginSource, signal?: AbortSignal): Promise<void> {
    if (!this.#applies(from)) return;
    const before = this.penalty(from);
    this.#owe(this.#sources, sourceKey(from.address), PER_FAILURE, MOST);
    const over = this.penalty(from) - ENFORCED_ABOVE;
    if (over > 0 && before <= ENFORCED_ABOVE) this.#blocked(from, over);
    const enough = (FREE + SLOWEST / PER_ACCOUNT_FAILURE) * FORGOTTEN_AFTER;
    this.#owe(this.#accounts, account, FORGOTTEN_AFTER, enough);
    await this.#clock.sleep(AFTER_FAILURE, signal);
  }

  #applies(from: LoginSource): boolean {
    return this.#loopbackToo || !from.loopback;
  }

  #left(debt: Debt | undefined): number {
    return debt === undefined ? 0 : Math.max(0, debt.amount - (this.#clock.now() - debt.at));
  }

  #owe(table: BoundedMap<Debt>, key: string, more: number, most: number): void {
    table.set(key, { amount: Math.min(this.#left(table.get(key)) + more, most), at: this.#clock.now() });
  }
}

/** IPv6 by its /64, which one customer holds; IPv4 in IPv6 as IPv4. */
export function sourceKey(address: string): string {
  const [plain = ''] = address.toLowerCase().split('%');
  if (!isIPv6(plain)) return plain;
  const dotted = /^(?:0{0,4}:){0,5}:?ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (dotted?.[1] !== undefined) return dotted[1];
  return `${groups(plain).slice(0, 4).join(':')}::/64`;
}

/** The eight groups, without leading zeros. */
function groups(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const split = (part: string): string[] => (part === '' ? [] : part.split(':').flatMap(expandDotted));
  const [left, right] = [split(head), split(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''));
}

/** `192.0.2.1` at the end stands for two groups. */
function expandDotted(group: string): string[] {
  if (!group.includes('.')) return [group];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
}
