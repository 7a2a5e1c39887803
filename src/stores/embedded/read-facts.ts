import type { UserRecord } from '../../contracts/accounts.ts';
import type { Fact } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { canonicalOwner } from '../shared/address.ts';
import type { Page } from '../shared/follow.ts';
import type { ReaderCalls } from './calls.ts';
import type { Statements } from './statements.ts';

const PAGE = 500;

interface FactRow {
  readonly cursor: number;
  readonly body: string;
}

export class FactReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  newest(): number {
    return this.#sql.row<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'journal'`)?.seq ?? 0;
  }

  /** Facts and how far they reach, out of one snapshot: a commit in between would be lost otherwise. */
  page({ after, events }: ReaderCalls['page']['args']): Page {
    this.#sql.db.exec('BEGIN');
    try {
      this.#refuseEvicted(after, events);
      const rows = this.#sql.rows<FactRow>(
        `SELECT cursor, body FROM journal WHERE cursor > ? AND ${among(events)} ORDER BY cursor LIMIT ${PAGE}`,
        after,
        JSON.stringify(events),
      );
      const more = rows.length === PAGE;
      return { facts: rows.map(asFact), upTo: more ? rows.at(-1)!.cursor : this.newest(), more };
    } finally {
      this.#sql.db.exec('COMMIT');
    }
  }

  unclaimed(events: readonly string[]): Fact[] {
    const sql = `SELECT cursor, body FROM journal WHERE claimed = 0 AND ${among(events)} ORDER BY cursor`;
    return this.#sql.rows<FactRow>(sql, JSON.stringify(events)).map(asFact);
  }

  user(name: string): UserRecord | undefined {
    return asUser(this.#sql.row('SELECT record FROM users WHERE name = ?', name));
  }

  userByAddress(address: string): UserRecord | undefined {
    const whole = canonicalOwner(address);
    const sql = 'SELECT record FROM users WHERE name = (SELECT name FROM addresses WHERE address = ?)';
    return asUser(this.#sql.row(sql, whole)) ?? this.user(whole);
  }

  users(): UserRecord[] {
    return this.#sql.rows<{ record: string }>('SELECT record FROM users ORDER BY name').map((row) => asUser(row)!);
  }

  /** Words of a record cannot look like this: their quotation marks are escaped. */
  quotas(): boolean {
    return this.#sql.row(`SELECT 1 FROM users WHERE instr(record, '"quota":{"') LIMIT 1`) !== undefined;
  }

  #refuseEvicted(after: number, events: readonly string[]): void {
    const sql = `SELECT event, cursor FROM evicted WHERE cursor > ? AND ${among(events)} LIMIT 1`;
    const gone = this.#sql.row<{ event: string; cursor: number }>(sql, after, JSON.stringify(events));
    if (!gone) return;
    throw new CsError('CS_EVICTED', `facts after cursor ${after} are gone (${gone.event} up to ${gone.cursor})`);
  }
}

/** The parameter is a JSON array; an empty one lets every event pass. */
function among(events: readonly string[]): string {
  return events.length === 0 ? `? = '[]'` : 'event IN (SELECT value FROM json_each(?))';
}

function asFact({ cursor, body }: FactRow): Fact {
  return { ...(JSON.parse(body) as Fact), cursor };
}

function asUser(row: { record: string } | undefined): UserRecord | undefined {
  const record = row && (JSON.parse(row.record) as UserRecord);
  return record && { ...record, password: record.password };
}
