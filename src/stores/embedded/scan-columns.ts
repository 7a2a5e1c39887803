/** Messages of a batch that have to be read one by one. */
import { CONTENT_LIMIT } from '../shared/scanned.ts';
import type { IndexColumns, OctetColumn, ScanColumn } from './calls.ts';
import { contentOf } from './content.ts';
import { indexColumns } from './index-columns.ts';
import type { Statements } from './statements.ts';

/** What is not there is looked for by its row, and put between the others. */
export function patched(column: OctetColumn, missing: (row: number) => Uint8Array | undefined): OctetColumn {
  if (!column.lengths.includes(-1)) return column;
  const lengths = Int32Array.from(column.lengths);
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [row, length] of column.lengths.entries()) {
    const found = length === -1 ? missing(row) : column.octets.subarray(at, at + length);
    at += Math.max(0, length);
    if (!found) continue;
    pieces.push(found);
    lengths[row] = found.length;
  }
  const octets = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let end = 0;
  for (const piece of pieces) {
    octets.set(piece, end);
    end += piece.length;
  }
  return { lengths, octets };
}

interface Made {
  readonly columns: IndexColumns;
  readonly header: Uint8Array;
}

/** Messages without an index, whom somebody asks about before the background has come to them, and those in files. */
export class Single {
  readonly #sql: Statements;
  readonly #blobs: string;
  readonly #made = new Map<number, Made>();

  constructor(sql: Statements, blobs: string) {
    this.#sql = sql;
    this.#blobs = blobs;
  }

  /** One of them had no index. */
  get unindexed(): boolean {
    return this.#made.size > 0;
  }

  /** Undefined for a content that is too long to be given. */
  octets(message: number, column: ScanColumn): Uint8Array | undefined {
    if (column === 'content') return this.#content(message);
    if (column === 'header') return this.#header(message);
    return Buffer.from(this.#index(message).columns[column]);
  }

  #content(message: number): Uint8Array | undefined {
    using content = contentOf(this.#sql, message, this.#blobs);
    return content.size <= CONTENT_LIMIT ? content.read(0, content.size) : undefined;
  }

  #header(message: number): Uint8Array {
    const sql = 'SELECT header_end FROM indexes WHERE message = ?';
    const known = this.#sql.row<{ header_end: number }>(sql, message);
    if (!known) return this.#index(message).header;
    using content = contentOf(this.#sql, message, this.#blobs);
    return content.read(0, known.header_end);
  }

  #index(message: number): Made {
    const known = this.#made.get(message);
    if (known) return known;
    using content = contentOf(this.#sql, message, this.#blobs);
    const index = content.index();
    const made = { columns: indexColumns(index, 0, () => new Uint8Array()), header: content.read(0, index.root.body) };
    this.#made.set(message, made);
    return made;
  }
}
