/** Many messages at a time: facts in columns, and substring search. */
import type { MessageIndex } from '../../contracts/mail.ts';
import { contains, fieldContains, searchText } from '../../kit/mime/search-text.ts';
import { CONTENT_LIMIT, SCAN_BATCH } from '../shared/scanned.ts';
import { mailboxId } from './box-rows.ts';
import type { ReaderCalls, ScanBatch, ScanCall } from './calls.ts';
import { Content, type ContentRow } from './content.ts';
import { indexColumns } from './index-columns.ts';
import { ScanColumns } from './scan-columns.ts';
import type { Statements } from './statements.ts';

/** Messages that are searched before other calls get their turn. */
const TURN = 2000;
/** Octets that a message counts for in a batch beside what was wished for. */
const ROW_COST = 64;

interface ScanRow {
  readonly message: number;
  readonly saved_at: number;
  readonly size: number;
  readonly received_at: string;
  readonly header_end: number | null;
  readonly header: Uint8Array | null;
  readonly start: Uint8Array | null;
  readonly content: Uint8Array | null;
  readonly root: string | null;
  readonly envelope: string | null;
  readonly structure: string | null;
  readonly keys: string | null;
}

export class ScanReader {
  readonly #sql: Statements;
  readonly #blobs: string;

  constructor(sql: Statements, blobs: string) {
    this.#sql = sql;
    this.#blobs = blobs;
  }

  scan({ uids, wish, ...place }: ScanCall): ScanBatch {
    const box = mailboxId(this.#sql, place);
    const wanted = wish.index ?? [];
    const sql = scanSql(wanted, wish.header === true, wish.content === true);
    const columns = new ScanColumns(wanted);
    let cost = 0;
    let at = 0;
    for (; at < uids.length && cost < SCAN_BATCH; at++) {
      const row = this.#sql.row<ScanRow & object>(sql, box, uids[at]!);
      if (!row) continue;
      const made = row.header_end === null && (wanted.length > 0 || wish.header) ? this.#made(row.message) : undefined;
      const header = wish.header && (made ? made.header : this.#header(row));
      const content = wish.content && row.size <= CONTENT_LIMIT && this.#content(row);
      const texts = wanted.map((key) => made?.columns[key] ?? row[key] ?? '');
      cost += ROW_COST + columns.add({ uid: uids[at]!, row, header, content, texts });
    }
    return columns.finish(at < uids.length ? at : undefined);
  }

  /** Somebody asks before the background has come to it. */
  #made(message: number): { columns: { readonly [K in keyof MessageIndex]: string }; header: Uint8Array } {
    const content = this.#open(message);
    try {
      const index = content.index();
      const columns = indexColumns(index, 0, () => new Uint8Array());
      return { columns, header: content.read(0, index.root.body) };
    } finally {
      content.close();
    }
  }

  #header({ message, header, start, header_end }: ScanRow): Uint8Array {
    if (header ?? start) return (header ?? start)!;
    const content = this.#open(message);
    try {
      return content.read(0, header_end ?? 0);
    } finally {
      content.close();
    }
  }

  #content({ message, content: inline, size }: ScanRow): Uint8Array {
    if (inline) return inline;
    const content = this.#open(message);
    try {
      return content.read(0, size);
    } finally {
      content.close();
    }
  }

  #open(message: number): Content {
    const row = this.#sql.row<ContentRow & object>('SELECT size, blob, content FROM messages WHERE id = ?', message);
    return new Content(row ?? { size: 0, blob: null, content: null }, this.#blobs);
  }

  /** Linear in the text, or in the messages themselves where they are long; other calls get turns. */
  async contains({ where, text, uids, ...place }: ReaderCalls['contains']['args']): Promise<Uint32Array> {
    const box = mailboxId(this.#sql, place);
    const wanted = uids && new Set(uids);
    const found: number[] = [];
    const { condition, values } = asked(where, text);
    const sql = `SELECT e.uid, e.message, ${isField(where) ? 't.header' : "''"} AS header, ${condition} AS hit, t.cut
      FROM entries e JOIN texts t ON t.message = e.message
      WHERE e.mailbox = ? AND e.uid > ? AND e.uid <= ? AND (hit OR t.cut)`;
    for (let last = 0; ; ) {
      const upTo = this.#sql.row<{ uid: number | null }>(
        `SELECT max(uid) AS uid FROM (SELECT uid FROM entries WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ${TURN})`,
        box,
        last,
      )?.uid;
      if (upTo === null || upTo === undefined) return Uint32Array.from(found);
      for (const row of this.#sql.rows<HitRow>(sql, ...values, box, last, upTo)) {
        if (wanted && !wanted.has(row.uid)) continue;
        if (row.hit ? !isField(where) || fieldContains(row.header, where, text) : this.#cutContains(row, where, text)) {
          found.push(row.uid);
        }
      }
      last = upTo;
      await new Promise(setImmediate);
    }
  }

  #cutContains({ message, cut }: HitRow, where: string, text: string): boolean {
    if (!cut || isField(where)) return false;
    const content = this.#open(message);
    try {
      const { root } = content.index();
      const whole = searchText(root, (start, end) => content.read(start, end));
      return contains(whole, { where, text });
    } finally {
      content.close();
    }
  }
}

interface HitRow {
  readonly [key: string]: string | number;
  readonly uid: number;
  readonly message: number;
  readonly header: string;
  readonly hit: number;
  readonly cut: number;
}

function isField(where: string): boolean {
  return where !== 'text' && where !== 'body';
}

/** What the database looks for; a field's value is looked at again. */
function asked(where: string, text: string): { condition: string; values: string[] } {
  if (where === 'body') return { condition: 'instr(t.body, ?1) > 0', values: [text] };
  if (where === 'text') return { condition: '(instr(t.body, ?1) > 0 OR instr(t.header, ?1) > 0)', values: [text] };
  return { condition: '(instr(t.header, ?1) > 0 AND instr(t.header, ?2) > 0)', values: [`\n${where}: `, text] };
}

function scanSql(wanted: readonly (keyof MessageIndex)[], header: boolean, content: boolean): string {
  const columns = [
    'e.message, e.saved_at, m.size, m.received_at, x.header_end',
    ...wanted.map((key) => `x.${key}`),
    ...(header ? ['x.header', 'CASE WHEN x.header IS NULL THEN substr(m.content, 1, x.header_end) END AS start'] : []),
    ...(content ? ['m.content'] : []),
  ];
  return `SELECT ${columns.join(', ')} FROM entries e JOIN messages m ON m.id = e.message
    LEFT JOIN indexes x ON x.message = e.message WHERE e.mailbox = ? AND e.uid = ?`;
}
