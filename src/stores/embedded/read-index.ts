import type { MailHeaders } from '../../contracts/mail.ts';
import { searchText } from '../../kit/mime/search-text.ts';
import { searchWords } from '../shared/search-text.ts';
import type { IndexBatch, IndexRow, ReaderCalls } from './calls.ts';
import { Content, type ContentRow } from './content.ts';
import { indexColumns } from './index-columns.ts';
import type { Statements } from './statements.ts';

/** Characters of text that are kept beside a message; of what is longer the message itself is looked through. */
const TEXT_LIMIT = 256 * 1024;

/** Octets of messages after which a batch ends. */
const BATCH_OCTETS = 4 * 1024 * 1024;

/** What is made of a message once it is stored, for search and for IMAP. */
export class IndexReader {
  readonly #sql: Statements;
  readonly #blobs: string;

  constructor(sql: Statements, blobs: string) {
    this.#sql = sql;
    this.#blobs = blobs;
  }

  /** The next messages that have none yet, one at a time between other calls. */
  async unindexed({ limit }: ReaderCalls['unindexed']['args']): Promise<IndexBatch> {
    const from = this.#sql.row<{ value: number }>(`SELECT value FROM meta WHERE key = 'indexed'`)?.value ?? 0;
    const ids = this.#sql.rows<{ id: number }>('SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?', from, limit);
    const texts: IndexRow[] = [];
    let upTo = from;
    let octets = 0;
    for (const { id } of ids) {
      if (octets > BATCH_OCTETS) break;
      upTo = id;
      const row = this.#sql.row<ContentRow & { facts: string }>(
        'SELECT size, blob, content, facts FROM messages WHERE id = ?',
        id,
      );
      if (row) texts.push(indexRow(id, row, this.#blobs));
      octets += row?.size ?? 0;
      await new Promise(setImmediate);
    }
    return { from, upTo, texts };
  }
}

function indexRow(id: number, row: ContentRow & { readonly facts: string }, blobs: string): IndexRow {
  using content = new Content(row, blobs);
  const read = (start: number, end: number): Uint8Array => content.read(start, end);
  const index = content.index();
  const { header, body, cut } = searchText(index.root, read, TEXT_LIMIT);
  const { headers } = JSON.parse(row.facts) as { readonly headers: MailHeaders };
  const words = searchWords(headers, index.root, read);
  return { id, words, header, body, cut, index: indexColumns(index, row.size, read) };
}
