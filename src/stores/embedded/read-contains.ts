/** Substring search over many messages. */
import { contains, fieldContains, searchText } from '../../kit/mime/search-text.ts';
import { mailboxId } from './box-rows.ts';
import type { ReaderCalls } from './calls.ts';
import { contentOf } from './content.ts';
import type { Statements } from './statements.ts';

/** Messages that are searched before other calls get their turn. */
const TURN = 2000;

export class ContainsReader {
  readonly #sql: Statements;
  readonly #blobs: string;

  constructor(sql: Statements, blobs: string) {
    this.#sql = sql;
    this.#blobs = blobs;
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
    using content = contentOf(this.#sql, message, this.#blobs);
    const { root } = content.index();
    const whole = searchText(root, (start, end) => content.read(start, end));
    return contains(whole, { where, text });
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
