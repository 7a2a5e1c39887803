/** Facts and accounts, inside the writer's transaction. */
import type { UserRecord } from '../../contracts/accounts.ts';
import type { NewFact } from '../../contracts/journal.ts';
import { canonicalOwner } from '../shared/address.ts';
import type { Statements } from './statements.ts';

/** Facts kept; the oldest go past this, a few thousand at a time. */
const FACTS = 1_000_000;
const TRIM_EVERY = 5000;

export class FactWriter {
  readonly #sql: Statements;
  readonly #limit: number;
  #untilTrim = TRIM_EVERY;

  constructor(sql: Statements, limit = FACTS) {
    this.#sql = sql;
    this.#limit = limit;
  }

  add(fact: NewFact): number {
    const body = JSON.stringify({ ...fact, ts: new Date().toISOString() });
    this.#untilTrim -= 1;
    return this.#sql.run('INSERT INTO journal (event, body) VALUES (?, ?)', fact.event, body).id;
  }

  mark(): number {
    return this.#sql.row<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'journal'`)?.seq ?? 0;
  }

  claim({ cursor, exclusive }: { readonly cursor: number; readonly exclusive: boolean }): boolean {
    const sql = exclusive
      ? 'UPDATE journal SET claimed = 2 WHERE cursor = ? AND claimed < 2'
      : 'UPDATE journal SET claimed = max(claimed, 1) WHERE cursor = ?';
    return this.#sql.run(sql, cursor).changes === 1;
  }

  forget({ event, dryRun }: { readonly event: string; readonly dryRun: boolean }): number {
    const found = this.#sql.row<{ count: number }>('SELECT count(*) AS count FROM journal WHERE event = ?', event);
    if (!dryRun) this.#sql.run('DELETE FROM journal WHERE event = ?', event);
    return found?.count ?? 0;
  }

  /** Let the oldest facts go, and note what went: cursors below are told so. */
  trim(): void {
    if (this.#untilTrim > 0) return;
    this.#untilTrim = TRIM_EVERY;
    const last = this.mark() - this.#limit;
    if (last <= 0) return;
    this.#sql.run(
      `INSERT INTO evicted (event, cursor) SELECT event, max(cursor) FROM journal WHERE cursor <= ? GROUP BY event
       ON CONFLICT (event) DO UPDATE SET cursor = excluded.cursor`,
      last,
    );
    this.#sql.run('DELETE FROM journal WHERE cursor <= ?', last);
  }

  putUser(record: UserRecord): null {
    this.removeUser(record.name);
    this.#sql.run('INSERT INTO users (name, record) VALUES (?, ?)', record.name, JSON.stringify(record));
    for (const address of record.addresses) {
      this.#sql.run(
        'INSERT INTO addresses (address, name) VALUES (?, ?) ON CONFLICT (address) DO UPDATE SET name = excluded.name',
        canonicalOwner(address),
        record.name,
      );
    }
    return null;
  }

  removeUser(name: string): boolean {
    this.#sql.run('DELETE FROM addresses WHERE name = ?', name);
    return this.#sql.run('DELETE FROM users WHERE name = ?', name).changes === 1;
  }
}
