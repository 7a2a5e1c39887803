import type { Identity, LoginSource } from '../contracts/accounts.ts';
import type { Journal, NewFact } from '../contracts/journal.ts';
import type { Log } from '../contracts/store.ts';
import { asCsError } from '../kit/errors.ts';
import { escapeLine } from '../kit/escape.ts';

/** Writes logins down: who, from where, how. Never what was shown as proof. */
export class LoginFacts {
  readonly #journal: Journal;
  readonly #log: Log;

  constructor(journal: Journal, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  async accepted(identity: Identity, from: LoginSource): Promise<void> {
    const user = escapeLine(identity.name, 255);
    this.#log('debug', 'auth.ok', { user, known: identity.known, protocol: from.protocol, conn: from.conn });
    await this.#add({ event: 'auth.ok', user, known: identity.known, ...source(from) });
  }

  /** @param user as it was typed */
  async failed(user: string, from: LoginSource): Promise<void> {
    const shown = escapeLine(user, 255);
    this.#log('info', 'auth.failed', { user: shown, protocol: from.protocol, conn: from.conn, address: from.address });
    await this.#add({ event: 'auth.failed', user: shown, ...source(from) });
  }

  blocked(from: LoginSource, ms: number): void {
    const seconds = Math.ceil(ms / 1000);
    this.#log('warn', 'auth.blocked', { address: from.address, protocol: from.protocol, seconds });
  }

  /** A journal that cannot be written must not keep anybody out. */
  async #add(fact: NewFact): Promise<void> {
    try {
      await this.#journal.add(fact);
    } catch (error) {
      this.#log('error', 'journal.failed', { code: asCsError(error).code, lost: fact.event });
    }
  }
}

function source(from: LoginSource) {
  return {
    server: from.server,
    conn: from.conn,
    protocol: from.protocol,
    address: from.address,
    ...(from.mechanism === undefined ? {} : { mechanism: from.mechanism }),
  };
}
