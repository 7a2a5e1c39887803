/** Inboxes for a while. Each is an account with a machine-made password; when its time is up, it goes, and its mail with it. */
import { randomBytes } from 'node:crypto';
import type { UserRecord, UserRecords } from '../contracts/accounts.ts';
import type { Journal } from '../contracts/journal.ts';
import type { LendOrder, LentInbox, LentInboxes } from '../contracts/lent.ts';
import type { MailHouse } from '../contracts/mail.ts';
import type { Log } from '../contracts/store.ts';
import { asCsError, CsError } from '../kit/errors.ts';
import { lentToken, TOKEN_OCTETS } from '../kit/lent-token.ts';
import { Secret } from '../kit/secret.ts';
import { showDuration } from '../kit/units.ts';
import { hashMachineSecret } from './password.ts';
import { accountAddress } from './user-record.ts';

export interface LendingConfig {
  readonly records: UserRecords;
  readonly mail: MailHouse;
  readonly journal: Journal;
  readonly log: Log;
}

const HOUR = 3_600_000;
/** Of an inbox that nobody set a time for: the longest test run, and not overnight. */
const USUAL = HOUR;
/** So that what a broken pipeline leaves behind is gone by next week. */
const LONGEST = 7 * 24 * HOUR;
/** At once: a timer and an account of about 1 KiB each. */
const MOST = 10_000;
/** Milliseconds until a store that failed is asked again. */
const AGAIN = 10_000;
const DOMAIN = 'inbox.test';
/** Of the name that a caller chose. */
const STEM = 40;
/** Crockford's letters: no `i`, `l`, `o`, `u`. Ten of them are 50 bits. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

interface Life {
  readonly stop: AbortController;
  readonly timer: NodeJS.Timeout;
}

/** Ends what expired while nobody served, before anybody may log in. */
export async function openLending(config: LendingConfig): Promise<Lending> {
  const lending = new Lending(config);
  await lending.resume();
  return lending;
}

export class Lending implements LentInboxes {
  readonly #config: LendingConfig;
  readonly #lives = new Map<string, Life>();

  constructor(config: LendingConfig) {
    this.#config = config;
  }

  async lend({ name = '', domain = DOMAIN, ttl = USUAL, quota = {}, by }: LendOrder) {
    const { records, journal, mail } = this.#config;
    checkTime(ttl);
    if (!mail.forget) throw new CsError('CS_UNSUPPORTED', 'this store cannot take an inbox back');
    if (this.#lives.size >= MOST) throw new CsError('CS_LIMIT', `more than ${MOST} inboxes are lent`);
    const own = `${stemOf(name)}-${letters(10)}`;
    const token = new Secret(lentToken(own, randomBytes(TOKEN_OCTETS)));
    const now = Date.now();
    const record: LentRecord = {
      name: own,
      password: hashMachineSecret(token.reveal()),
      addresses: [accountAddress(`${own}@${domain}`)],
      createdAt: new Date(now).toISOString(),
      updatedAt: new Date(now).toISOString(),
      quota,
      lent: { ttl, by, expiresAt: new Date(now + ttl).toISOString() },
    };
    await records.put(record);
    this.#live(record, ttl);
    const inbox = inboxOf(record);
    const { address, expiresAt } = inbox;
    await journal.add({ event: 'inbox.opened', inbox: own, address, expires_at: expiresAt });
    return { inbox, token };
  }

  async find(name: string): Promise<LentInbox | undefined> {
    const record = await this.#record(name);
    return record && inboxOf(record);
  }

  async prolong(name: string, ttl: number): Promise<LentInbox> {
    checkTime(ttl);
    const record = await this.#known(name);
    const now = Date.now();
    const lent = { ...record.lent, ttl, expiresAt: new Date(now + ttl).toISOString() };
    const longer = { ...record, lent, updatedAt: new Date(now).toISOString() };
    await this.#config.records.put(longer);
    this.#live(longer, ttl);
    return inboxOf(longer);
  }

  async end(name: string): Promise<number> {
    await this.#known(name);
    return this.#end(name, 'removed');
  }

  /** Also of one that another process on the same store has lent. */
  async life(name: string): Promise<AbortSignal | undefined> {
    const known = this.#lives.get(name);
    if (known) return known.stop.signal;
    const record = await this.#record(name);
    if (record) await this.#resume(record);
    return this.#lives.get(name)?.stop.signal;
  }

  async resume(): Promise<void> {
    const records = await this.#config.records.list();
    for (const record of records) if (isLent(record)) await this.#resume(record);
  }

  close(): void {
    for (const { timer } of this.#lives.values()) clearTimeout(timer);
    this.#lives.clear();
  }

  /** A clock that was set back meanwhile keeps nothing longer than it was asked for. */
  async #resume(record: LentRecord): Promise<void> {
    const { expiresAt, ttl } = record.lent;
    const left = Math.min(Date.parse(expiresAt) - Date.now(), ttl);
    if (left > 0) this.#live(record, left);
    else await this.#end(record.name, 'expired');
  }

  /** The timer is monotonic: a step of the clock ends nobody's inbox. */
  #live(record: LentRecord, left: number): void {
    const { name } = record;
    const before = this.#lives.get(name);
    if (before) clearTimeout(before.timer);
    const timer = setTimeout(() => void this.#expire(record), left).unref();
    this.#lives.set(name, { stop: before?.stop ?? new AbortController(), timer });
  }

  async #expire(record: LentRecord): Promise<void> {
    const { name } = record;
    try {
      const now = await this.#record(name);
      // Another process was asked for more time.
      if (now && now.lent.expiresAt !== record.lent.expiresAt) await this.#resume(now);
      else await this.#end(name, 'expired');
    } catch (thrown) {
      const { code, message } = asCsError(thrown);
      this.#config.log('error', 'inbox.expiry_failed', { inbox: name, code, reason: message });
      this.#live(record, AGAIN);
    }
  }

  /** First the way in, then what lies behind it. */
  async #end(name: string, reason: 'expired' | 'removed'): Promise<number> {
    const { records, mail, journal } = this.#config;
    const there = await records.remove(name);
    const life = this.#lives.get(name);
    if (life) clearTimeout(life.timer);
    this.#lives.delete(name);
    life?.stop.abort();
    const messages = (await mail.forget?.(name)) ?? 0;
    if (there) await journal.add({ event: 'inbox.closed', inbox: name, reason, messages });
    return messages;
  }

  async #record(name: string): Promise<LentRecord | undefined> {
    const record = await this.#config.records.get(name);
    return record && isLent(record) ? record : undefined;
  }

  async #known(name: string): Promise<LentRecord> {
    const record = await this.#record(name);
    if (record) return record;
    throw new CsError('CS_NOT_FOUND', `no inbox ${JSON.stringify(name.slice(0, 100))} is lent`);
  }
}

type LentRecord = UserRecord & { readonly lent: NonNullable<UserRecord['lent']> };

function isLent(record: UserRecord): record is LentRecord {
  return record.lent !== undefined;
}

function inboxOf({ name, addresses, createdAt, lent, quota = {} }: LentRecord): LentInbox {
  return { name, address: addresses[0] ?? '', createdAt, quota, ...lent };
}

function checkTime(ttl: number): void {
  if (ttl > 0 && ttl <= LONGEST) return;
  throw new CsError('CS_INPUT', `an inbox is lent for more than nothing and at most ${showDuration(LONGEST)}`);
}

/** `User signs up!` → `user-signs-up`. */
function stemOf(written: string): string {
  const words =
    written
      .normalize('NFKD')
      .toLowerCase()
      .slice(0, 1000)
      .match(/[a-z0-9]+/g) ?? [];
  const stem = words.join('-').slice(0, STEM).replace(/-$/, '');
  return stem === '' ? 'box' : stem;
}

function letters(count: number): string {
  return Array.from(randomBytes(count), (octet) => LETTERS[octet & 31]).join('');
}
