import type { SpoolMessage } from '../../contracts/spool.ts';
import { noSpooled } from '../shared/spooled.ts';
import type { ReaderCalls } from './calls.ts';
import { asMessage, type RecipientRow, type SpoolRow } from './spool-rows.ts';
import type { Statements } from './statements.ts';

export class SpoolReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  list(): SpoolMessage[] {
    const recipients = new Map<number, RecipientRow[]>();
    for (const row of this.#sql.rows<RecipientRow>('SELECT * FROM spool_recipients ORDER BY message, n')) {
      const found = recipients.get(row.message);
      if (found) found.push(row);
      else recipients.set(row.message, [row]);
    }
    const now = Date.now();
    return this.#sql
      .rows<SpoolRow>('SELECT id, queued_at, size, envelope FROM spool ORDER BY id')
      .map((row) => asMessage(row, recipients.get(row.id) ?? [], now));
  }

  content(id: string): ReaderCalls['spoolContent']['result'] {
    const row = this.#sql.row<{ blob: string | null; content: Uint8Array | null }>(
      'SELECT blob, content FROM spool WHERE id = ?',
      Number(id),
    );
    if (!row) throw noSpooled(id);
    return row.blob === null ? { bytes: row.content ?? new Uint8Array() } : { blob: row.blob };
  }

  due(busy: readonly string[]): number | undefined {
    const sql = `SELECT min(max(due, leased_until)) AS at FROM spool_recipients
      WHERE domain NOT IN (SELECT value FROM json_each(?))`;
    return this.#sql.row<{ at: number | null }>(sql, JSON.stringify(busy))?.at ?? undefined;
  }
}
