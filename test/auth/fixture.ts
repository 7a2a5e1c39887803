import { type AccountsConfig, createAccounts } from '../../src/auth/accounts.ts';
import type { Clock } from '../../src/auth/clock.ts';
import {
  hashPassword,
  isMachineSecret,
  nobodysHash,
  outdated,
  type PasswordHasher,
  verifyPassword,
} from '../../src/auth/password.ts';
import type { Accounts, LoginSource, Proof, UserRecord } from '../../src/contracts/accounts.ts';
import type { Fact } from '../../src/contracts/journal.ts';
import type { Log, LogFacts } from '../../src/contracts/store.ts';
import { forget, Secret } from '../../src/kit/secret.ts';
import { MemoryJournal } from '../../src/stores/memory/journal.ts';
import { MemoryUsers } from '../../src/stores/memory/users.ts';

/** Time that passes only by sleeping or by hand. */
export class FakeClock implements Clock {
  time = 1000;
  readonly sleeps: number[] = [];

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.time += ms;
  }
}

export const CHEAP = { ln: 4, r: 8, p: 1 };

/** Cheap parameters, and every slow hash counted. */
export class CountingHasher implements PasswordHasher {
  readonly nobody = nobodysHash(CHEAP);
  hashes = 0;
  checks = 0;
  atOnce = 0;
  most = 0;
  old = false;

  hash(password: string): Promise<string> {
    this.hashes += 1;
    return hashPassword(password, CHEAP);
  }

  async verify(stored: string, password: string): Promise<boolean> {
    if (isMachineSecret(stored)) return verifyPassword(stored, password);
    this.checks += 1;
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    const right = await verifyPassword(stored, password);
    this.atOnce -= 1;
    return right;
  }

  outdated(stored: string): boolean {
    return this.old && outdated(stored);
  }
}

export interface Logged {
  readonly level: string;
  readonly event: string;
  readonly facts: LogFacts | undefined;
}

export class Auth {
  readonly clock = new FakeClock();
  readonly hasher = new CountingHasher();
  readonly users = new MemoryUsers();
  readonly journal = new MemoryJournal({ facts: 10_000, octets: 1e9 });
  readonly logged: Logged[] = [];
  readonly log: Log = (level, event, facts) => this.logged.push({ level, event, facts });
  readonly accounts: Accounts;

  constructor(more: Partial<AccountsConfig> = {}) {
    const { clock, hasher, users: records, journal, log } = this;
    const config = { records, mode: 'required', journal, log, throttleLoopback: false, clock, hasher } as const;
    this.accounts = createAccounts({ ...config, ...more });
  }

  async add(name: string, password: string | undefined, more: Partial<UserRecord> = {}): Promise<UserRecord> {
    const stored = password === undefined ? undefined : await hashPassword(password, CHEAP);
    const now = '2026-01-02T12:00:00.000Z';
    const record = { name, password: stored, addresses: [], createdAt: now, updatedAt: now, ...more };
    await this.users.put(record);
    return record;
  }

  async login(user: string, password: string, from: LoginSource = REMOTE) {
    const secret = new Secret(password);
    const proof: Proof = { kind: 'password', password: secret };
    return this.accounts.verify(user, proof, from).finally(() => forget(secret));
  }

  async facts(): Promise<Fact[]> {
    const controller = new AbortController();
    const mark = await this.journal.mark();
    const facts: Fact[] = [];
    if (mark === 0) return facts;
    for await (const fact of this.journal.since(0, [], controller.signal)) {
      facts.push(fact);
      if (fact.cursor >= mark) controller.abort();
    }
    return facts;
  }
}

export const REMOTE: LoginSource = {
  protocol: 'smtp',
  server: 'smtp',
  conn: 'c1',
  address: '198.51.100.7',
  loopback: false,
  secure: true,
};

export const LOOPBACK: LoginSource = { ...REMOTE, address: '127.0.0.1', loopback: true };

export function remote(address: string): LoginSource {
  return { ...REMOTE, address };
}
