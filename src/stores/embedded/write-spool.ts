/** Mail on its way out, inside the writer's transaction. */

import { isAlive, PROCESS_TAG } from '../shared/process-tag.ts';
import { spoolRecipients } from '../shared/spooled.ts';
import type { Arrived, WriterCalls } from './calls.ts';
import { asLease, type RecipientRow, type SpoolRow } from './spool-rows.ts';
import type { Statements } from './statements.ts';

type Args<K extends keyof WriterCalls> = WriterCalls[K]['args'];
type Result<K extends keyof WriterCalls> = WriterCalls[K]['result'];

type Spooled = NonNullable<Arrived['spool']>;

/** Recipients looked at for one lease. */
const LOOKED_AT = 20;

export class SpoolWriter {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** What dead processes of this machine held is free at once. */
  free(): void {
    const holders = this.#sql.rows<{ holder: string }>(
      `SELECT DISTINCT holder FROM spool_recipients WHERE leased_until > 0`,
    );
    for (const { holder } of holders) {
      if (isAlive(holder, Date.now())) continue;
      this.#sql.run('UPDATE spool_recipients SET leased_until = 0, term = 0 WHERE holder = ?', holder);
    }
  }

  store({ size, blob }: Arrived, { envelope, to }: Spooled, octets: Uint8Array): number {
    const now = Date.now();
    const { id } = this.#sql.run(
      'INSERT INTO spool (queued_at, size, envelope, blob, content) VALUES (?, ?, ?, ?, ?)',
      now,
      size,
      JSON.stringify(envelope),
      blob ?? null,
      blob === undefined ? octets : null,
    );
    for (const { n, address, notify, orcpt, domain } of spoolRecipients(to, now)) {
      this.#sql.run(
        `INSERT INTO spool_recipients (message, n, address, notify, orcpt, domain, due) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        id,
        n,
        address,
        notify === undefined ? null : notify.join(','),
        orcpt ?? null,
        domain,
        now,
      );
    }
    return id;
  }

  lease({ now, until, most, busy }: Args<'spoolLease'>): Result<'spoolLease'> {
    const rows = this.#sql.rows<RecipientRow>(
      `SELECT * FROM spool_recipients WHERE due <= ?1 AND leased_until <= ?1
       AND domain NOT IN (SELECT value FROM json_each(?2)) ORDER BY due, message, n LIMIT ?3`,
      now,
      JSON.stringify(busy),
      most * LOOKED_AT,
    );
    const groups = new Map<string, RecipientRow[]>();
    for (const row of rows) {
      const key = `${row.message} ${row.domain}`;
      const group = groups.get(key);
      if (group) group.push(row);
      else if (groups.size < most) groups.set(key, [row]);
    }
    return [...groups.values()].map((group) => this.#take(group, until));
  }

  extend({ id, term, until }: Args<'spoolExtend'>): boolean {
    const sql = `UPDATE spool_recipients SET leased_until = ? WHERE message = ? AND term = ? AND leased_until > 0`;
    return this.#sql.run(sql, until, Number(id), term).changes > 0;
  }

  settle({ id, term, outcomes }: Args<'spoolSettle'>): Result<'spoolSettle'> {
    const message = Number(id);
    const mine = 'message = ? AND n = ? AND term = ? AND leased_until > 0';
    let settled = 0;
    for (const outcome of outcomes) {
      const { changes } = outcome.gone
        ? this.#sql.run(`DELETE FROM spool_recipients WHERE ${mine}`, message, outcome.n, term)
        : this.#sql.run(
            `UPDATE spool_recipients SET tries = tries + 1, due = ?, reply = ?, warned = ?, leased_until = 0 WHERE ${mine}`,
            outcome.due,
            outcome.reply,
            Number(outcome.warned),
            message,
            outcome.n,
            term,
          );
      settled += changes;
    }
    const left = this.#sql.row('SELECT 1 FROM spool_recipients WHERE message = ?', message);
    return { settled: settled > 0, blobs: left ? [] : this.#erase(message).blobs };
  }

  retry(ids: Args<'spoolRetry'>): number {
    return this.#sql.run(
      `UPDATE spool_recipients SET due = 0 ${ids ? 'WHERE message IN (SELECT value FROM json_each(?))' : ''}`,
      ...(ids ? [JSON.stringify(ids.map(Number))] : []),
    ).changes;
  }

  remove(ids: Args<'spoolRemove'>): Result<'spoolRemove'> {
    const blobs: string[] = [];
    let count = 0;
    for (const id of new Set(ids.map(Number))) {
      this.#sql.run('DELETE FROM spool_recipients WHERE message = ?', id);
      const erased = this.#erase(id);
      blobs.push(...erased.blobs);
      count += erased.count;
    }
    return { count, blobs };
  }

  #take(group: readonly RecipientRow[], until: number): Result<'spoolLease'>[number] {
    const [{ message }] = group as [RecipientRow];
    const { value: term } = this.#sql.row<{ value: number }>(
      `INSERT INTO meta VALUES ('spool_term', 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value`,
    )!;
    for (const { n } of group) {
      this.#sql.run(
        'UPDATE spool_recipients SET leased_until = ?, term = ?, holder = ? WHERE message = ? AND n = ?',
        until,
        term,
        PROCESS_TAG,
        message,
        n,
      );
    }
    const row = this.#sql.row<SpoolRow>('SELECT id, queued_at, size, envelope FROM spool WHERE id = ?', message)!;
    return asLease(row, group, term);
  }

  #erase(message: number): { count: number; blobs: string[] } {
    const row = this.#sql.row<{ blob: string | null }>('SELECT blob FROM spool WHERE id = ?', message);
    const { changes: count } = this.#sql.run('DELETE FROM spool WHERE id = ?', message);
    return { count, blobs: row?.blob ? [row.blob] : [] };
  }
}
