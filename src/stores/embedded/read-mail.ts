import type { Origin } from '../../contracts/delivery.ts';
import type { Mailbox, MailEntry, MailHeaders } from '../../contracts/mail.ts';
import { noMessage } from '../shared/mailbox-name.ts';
import { asMailbox, BOXES, type BoxRow, mailboxId } from './box-rows.ts';
import type { Place, ReaderCalls } from './calls.ts';
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
  readonly blob: string | null;
  readonly content: Uint8Array | null;
}

export class MailReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  mailboxes(owner: string): Mailbox[] {
    return this.#sql.rows<BoxRow>(`${BOXES} WHERE b.owner = ? ORDER BY b.id`, owner).map(asMailbox);
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

  origin({ uid, ...place }: Args<'origin'>): Origin | undefined {
    const row = this.#sql.row<{ origin: string | null; transcript: string | null }>(
      'SELECT m.origin, m.transcript FROM entries e JOIN messages m ON m.id = e.message WHERE e.mailbox = ? AND e.uid = ?',
      this.#mailbox(place),
      uid,
    );
    if (!row) throw noMessage(place.mailbox, uid);
    if (row.origin === null) return undefined;
    return { user: undefined, ...JSON.parse(row.origin), transcript: row.transcript ?? undefined };
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

  namedBlobs(names: readonly string[]): string[] {
    const sql = `SELECT blob FROM messages WHERE blob IN (SELECT value FROM json_each(?1))
      UNION ALL SELECT blob FROM spool WHERE blob IN (SELECT value FROM json_each(?1))`;
    return this.#sql.rows<{ blob: string }>(sql, JSON.stringify(names)).map(({ blob }) => blob);
  }

  #mailbox({ owner, mailbox }: Place): number {
    return mailboxId(this.#sql, { owner, mailbox });
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
