import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mailbox, MailEntry, MailHeaders } from '../../contracts/mail.ts';
import { noMailbox, noMessage } from '../shared/mailbox-name.ts';
import { SEARCH_LIMIT, searchText } from '../shared/search-text.ts';
import type { IndexBatch, Place, ReaderCalls } from './calls.ts';
import type { Statements } from './statements.ts';

type Args<K extends keyof ReaderCalls> = ReaderCalls[K]['args'];

interface Facts {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: MailHeaders;
}
interface EntryRow {
  readonly uid: number;
  readonly message: number;
  readonly flags: string;
  readonly modseq: number;
  readonly size: number;
  readonly received_at: string;
  readonly facts: string;
}
interface ContentRow {
  readonly id: number;
  readonly blob: string | null;
  readonly content: Uint8Array | null;
  readonly facts: string;
}

export class MailReader {
  readonly #sql: Statements;
  readonly #blobs: string;

  constructor(sql: Statements, blobs: string) {
    this.#sql = sql;
    this.#blobs = blobs;
  }

  mailboxes(owner: string): Mailbox[] {
    return this.#sql.rows<Mailbox & object>(
      `SELECT name, uid_validity AS uidValidity, uid_next AS uidNext, messages, unseen, bytes, modseq AS highestModseq
       FROM mailboxes WHERE owner = ? ORDER BY id`,
      owner,
    );
  }

  list({ uids, ...place }: Args<'list'>): MailEntry[] {
    const rows = this.#sql.rows<EntryRow>(
      `SELECT e.uid, e.message, e.flags, e.modseq, m.size, m.received_at, m.facts
       FROM entries e JOIN messages m ON m.id = e.message
       WHERE e.mailbox = ? ${uids ? 'AND e.uid IN (SELECT value FROM json_each(?))' : ''} ORDER BY e.uid`,
      ...(uids ? [this.#mailbox(place), JSON.stringify(uids)] : [this.#mailbox(place)]),
    );
    return rows.map(asEntry);
  }

  content({ uid, ...place }: Args<'content'>): ReaderCalls['content']['result'] {
    const row = this.#sql.row<ContentRow>(
      'SELECT m.blob, m.content FROM entries e JOIN messages m ON m.id = e.message WHERE e.mailbox = ? AND e.uid = ?',
      this.#mailbox(place),
      uid,
    );
    if (!row) throw noMessage(place.mailbox, uid);
    return row.blob === null ? { bytes: row.content ?? new Uint8Array() } : { blob: row.blob };
  }

  search({ phrases, ...place }: Args<'search'>): number[] {
    const box = this.#mailbox(place);
    const found = 'AND message IN (SELECT rowid FROM found WHERE found MATCH ?)';
    const sql = `SELECT uid FROM entries WHERE mailbox = ? ${phrases.length > 0 ? found : ''} ORDER BY uid`;
    const query = phrases.map((phrase) => `"${phrase.trim()}" *`).join(' AND ');
    return this.#sql.rows<{ uid: number }>(sql, ...(query ? [box, query] : [box])).map(({ uid }) => uid);
  }

  /** The text of the next messages that search does not know yet, parsed one at a time between other calls. */
  async unindexed({ limit }: Args<'unindexed'>): Promise<IndexBatch> {
    const from = this.#sql.row<{ value: number }>(`SELECT value FROM meta WHERE key = 'indexed'`)?.value ?? 0;
    const ids = this.#sql.rows<{ id: number }>('SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?', from, limit);
    const texts: { id: number; text: string }[] = [];
    for (const { id } of ids) {
      const row = this.#sql.row<ContentRow>('SELECT id, blob, content, facts FROM messages WHERE id = ?', id);
      if (row) texts.push({ id, text: await this.#text(row) });
      await new Promise(setImmediate);
    }
    return { from, upTo: ids.at(-1)?.id ?? from, texts };
  }

  namedBlobs(names: readonly string[]): string[] {
    const sql = `SELECT blob FROM messages WHERE blob IN (SELECT value FROM json_each(?1))
      UNION ALL SELECT blob FROM spool WHERE blob IN (SELECT value FROM json_each(?1))`;
    return this.#sql.rows<{ blob: string }>(sql, JSON.stringify(names)).map(({ blob }) => blob);
  }

  async #text({ blob, content, facts }: ContentRow): Promise<string> {
    const { headers } = JSON.parse(facts) as Facts;
    const start = blob === null ? (content ?? new Uint8Array()) : await startOf(join(this.#blobs, blob));
    return searchText(headers, start);
  }

  #mailbox({ owner, mailbox }: Place): number {
    const sql = 'SELECT id FROM mailboxes WHERE owner = ? AND name = ?';
    const found = this.#sql.row<{ id: number }>(sql, owner, mailbox);
    if (!found && mailbox !== 'INBOX') throw noMailbox(mailbox);
    // An owner without an inbox has an empty one; no mailbox has this id.
    return found?.id ?? 0;
  }
}

function asEntry({ uid, message, flags, modseq, size, received_at, facts }: EntryRow): MailEntry {
  const { from, to, headers } = JSON.parse(facts) as Facts;
  const envelope = { from, to };
  return {
    uid,
    id: String(message),
    size,
    receivedAt: received_at,
    flags: JSON.parse(flags),
    modseq,
    envelope,
    headers,
  };
}

/** A file that was removed meanwhile has no text. */
async function startOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const start = Buffer.alloc(SEARCH_LIMIT);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return start.subarray(0, bytesRead);
  } catch {
    return new Uint8Array();
  }
}
