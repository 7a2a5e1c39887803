/** Messages and mailboxes, inside the writer's transaction. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { NewFact } from '../../contracts/journal.ts';
import { CsError } from '../../kit/errors.ts';
import { ownersOf } from '../shared/address.ts';
import { canonicalFlags, changeFlags, SEEN } from '../shared/flags.ts';
import { HEADER_LIMIT, headerFacts } from '../shared/header-facts.ts';
import { mailStored } from '../shared/mail-fact.ts';
import { EVERYTHING, INBOX, MAILBOXES_PER_OWNER, noMailbox } from '../shared/mailbox-name.ts';
import type { Arrived, Place, WriterCalls } from './calls.ts';
import { type Counter, Counters } from './counters.ts';
import { EVERYTHING_BOX } from './schema.ts';
import type { Statements } from './statements.ts';

export type AddFact = (fact: NewFact) => number;
type Args<K extends keyof WriterCalls> = WriterCalls[K]['args'];
type Result<K extends keyof WriterCalls> = WriterCalls[K]['result'];

interface Entry {
  readonly uid: number;
  readonly message: number;
  readonly flags: string;
  readonly size: number;
}

const ADD_ENTRY = 'INSERT INTO entries (mailbox, uid, message, flags, modseq) VALUES (?, ?, ?, ?, ?)';

export class MailWriter {
  readonly #sql: Statements;
  readonly #record: AddFact;
  readonly #blobs: string;
  readonly #counters: Counters;
  #accounts: boolean | undefined;

  constructor(sql: Statements, record: AddFact, blobs: string) {
    this.#sql = sql;
    this.#record = record;
    this.#blobs = blobs;
    this.#counters = new Counters(sql);
  }

  /** Before anything but `store` looks at mailboxes or accounts, and before the commit. */
  settle(): void {
    this.#counters.flush();
    this.#accounts = undefined;
  }

  /** A transaction begins: what another process may have changed is looked at anew. */
  begin(): void {
    this.#counters.forget();
    this.#accounts = undefined;
  }

  store(arrived: Arrived, octets: Uint8Array): number {
    const { envelope, into, size, blob } = arrived;
    if (into) this.#mailbox(into);
    const owners = into ? [into.owner] : ownersOf(envelope, (address) => this.#account(address));
    const headers = headerFacts(blob === undefined ? octets : startOf(join(this.#blobs, blob)));
    const receivedAt = into?.receivedAt ?? new Date().toISOString();
    const facts = { from: envelope.from, to: envelope.to.map(({ address }) => address), headers };
    const { id } = this.#sql.run(
      'INSERT INTO messages (size, received_at, facts, blob, content) VALUES (?, ?, ?, ?, ?)',
      size,
      receivedAt,
      JSON.stringify(facts),
      blob ?? null,
      blob === undefined ? octets : null,
    );
    const flags = canonicalFlags(into?.flags ?? []);
    if (into) this.#add(into, id, size, flags);
    else for (const owner of owners) this.#add({ owner, mailbox: INBOX }, id, size, flags);
    this.#add({ owner: EVERYTHING, mailbox: INBOX }, id, size, flags, id);
    this.#record(
      mailStored({ id, size, envelope: envelope as Parameters<typeof mailStored>[0]['envelope'], headers, owners }),
    );
    return id;
  }

  flag({ uids, change, flags, ...place }: Args<'flag'>): null {
    const box = this.#mailbox(place);
    const entries = this.#entries(box, uids);
    if (entries.length === 0) return null;
    const modseq = this.#touch(box);
    let unseen = 0;
    for (const entry of entries) {
      const before = parseFlags(entry.flags);
      const after = changeFlags(before, change, flags);
      unseen += Number(before.includes(SEEN)) - Number(after.includes(SEEN));
      const sql = 'UPDATE entries SET flags = ?, modseq = ? WHERE mailbox = ? AND uid = ?';
      this.#sql.run(sql, JSON.stringify(after), modseq, box, entry.uid);
    }
    this.#sql.run('UPDATE mailboxes SET unseen = unseen + ? WHERE id = ?', unseen, box);
    return null;
  }

  copy({ uids, to, ...place }: Args<'copy'>): Result<'copy'> {
    const entries = this.#entries(this.#mailbox(place), uids);
    const target = { owner: place.owner, mailbox: to };
    this.#mailbox(target);
    return entries.map(({ message, size, flags }) => this.#add(target, message, size, parseFlags(flags)));
  }

  remove({ uids, ...place }: Args<'remove'>): Result<'remove'> {
    const box = this.#mailbox(place);
    const entries = this.#entries(box, uids);
    const messages = [...new Set(entries.map(({ message }) => message))];
    if (box === EVERYTHING_BOX) for (const id of messages) this.#removeEverywhere(id);
    else for (const entry of entries) this.#takeOut(box, entry);
    const gone = box === EVERYTHING_BOX ? messages : messages.filter((id) => this.#orphaned(id));
    return { count: entries.length, blobs: gone.flatMap((id) => this.#erase(id)) };
  }

  create({ owner, mailbox }: Place): null {
    const { n = 0 } = this.#sql.row<{ n: number }>('SELECT count(*) AS n FROM mailboxes WHERE owner = ?', owner) ?? {};
    if (n >= MAILBOXES_PER_OWNER) throw new CsError('CS_LIMIT', `more than ${MAILBOXES_PER_OWNER} mailboxes`);
    const made = this.#sql.run(
      `INSERT INTO mailboxes (owner, name, uid_validity) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
      owner,
      mailbox,
      this.#uidValidity(),
    );
    if (made.changes === 0 && mailbox !== INBOX) {
      throw new CsError('CS_INPUT', `mailbox ${JSON.stringify(mailbox)} exists`);
    }
    return null;
  }

  drop(place: Place): Result<'drop'> {
    const box = this.#mailbox(place);
    const uids = this.#sql.rows<{ uid: number }>('SELECT uid FROM entries WHERE mailbox = ?', box);
    const removed = this.remove({ ...place, uids: uids.map(({ uid }) => uid) });
    this.#sql.run('DELETE FROM mailboxes WHERE id = ?', box);
    return removed;
  }

  clear(): Result<'clear'> {
    const blobs = this.#sql.rows<{ blob: string }>('SELECT blob FROM messages WHERE blob IS NOT NULL');
    this.#sql.run('UPDATE mailboxes SET modseq = modseq + 1, messages = 0, bytes = 0, unseen = 0 WHERE messages > 0');
    this.#sql.run('DELETE FROM entries');
    const { changes } = this.#sql.run('DELETE FROM messages');
    this.#sql.run(`INSERT INTO found (found) VALUES ('delete-all')`);
    this.#sql.run(`DELETE FROM journal WHERE event = 'mail.stored'`);
    return { count: changes, blobs: blobs.map(({ blob }) => blob) };
  }

  index({ from, upTo, texts }: Args<'index'>): boolean {
    const moved = this.#sql.run(`UPDATE meta SET value = ? WHERE key = 'indexed' AND value = ?`, upTo, from);
    if (moved.changes === 0) return false;
    for (const { id, text } of texts) {
      if (!this.#sql.row('SELECT 1 FROM messages WHERE id = ?', id)) continue;
      this.#sql.run('INSERT INTO found (rowid, text) VALUES (?, ?)', id, text);
    }
    return true;
  }

  #account(address: string): string | undefined {
    this.#accounts ??= this.#sql.row('SELECT 1 FROM users LIMIT 1') !== undefined;
    if (!this.#accounts) return undefined;
    const found =
      this.#sql.row<{ name: string }>('SELECT name FROM addresses WHERE address = ?', address) ??
      this.#sql.row<{ name: string }>('SELECT name FROM users WHERE name = ?', address);
    return found?.name;
  }

  /** The id of a mailbox; INBOX is there for everybody. */
  #mailbox({ owner, mailbox }: Place): number {
    const sql = 'SELECT id FROM mailboxes WHERE owner = ? AND name = ?';
    const found = this.#sql.row<{ id: number }>(sql, owner, mailbox);
    if (found) return found.id;
    if (mailbox !== INBOX) throw noMailbox(mailbox);
    this.create({ owner, mailbox });
    return this.#mailbox({ owner, mailbox });
  }

  #entries(box: number, uids: readonly number[]): Entry[] {
    return this.#sql.rows<Entry>(
      `SELECT e.uid, e.message, e.flags, m.size FROM entries e JOIN messages m ON m.id = e.message
       WHERE e.mailbox = ? AND e.uid IN (SELECT value FROM json_each(?)) ORDER BY e.uid`,
      box,
      JSON.stringify(uids),
    );
  }

  /** @param uid given only for the view of everything, where it is the message's id */
  #add(place: Place, message: number, size: number, flags: readonly string[], uid?: number): number {
    const counter = this.#counter(place);
    const given = uid ?? counter.uidNext;
    counter.uidNext = given + 1;
    counter.modseq += 1;
    counter.messages += 1;
    counter.bytes += size;
    if (!flags.includes(SEEN)) counter.unseen += 1;
    this.#sql.run(ADD_ENTRY, counter.id, given, message, JSON.stringify(flags), counter.modseq);
    return given;
  }

  #counter(place: Place): Counter {
    const found = this.#counters.of(place);
    if (found) return found;
    this.#mailbox(place);
    return this.#counters.of(place)!;
  }

  #touch(box: number): number {
    const sql = 'UPDATE mailboxes SET modseq = modseq + 1 WHERE id = ? RETURNING modseq';
    return this.#sql.row<{ modseq: number }>(sql, box)!.modseq;
  }

  #takeOut(box: number, { uid, size, flags }: Entry): void {
    this.#sql.run('DELETE FROM entries WHERE mailbox = ? AND uid = ?', box, uid);
    this.#sql.run(
      'UPDATE mailboxes SET modseq = modseq + 1, messages = messages - 1, bytes = bytes - ?, unseen = unseen - ? WHERE id = ?',
      size,
      parseFlags(flags).includes(SEEN) ? 0 : 1,
      box,
    );
  }

  #removeEverywhere(message: number): void {
    const places = this.#sql.rows<Entry & { mailbox: number }>(
      `SELECT e.mailbox, e.uid, e.message, e.flags, m.size FROM entries e JOIN messages m ON m.id = e.message
       WHERE e.message = ?1 AND e.mailbox <> ${EVERYTHING_BOX} UNION ALL
       SELECT e.mailbox, e.uid, e.message, e.flags, m.size FROM entries e JOIN messages m ON m.id = e.message
       WHERE e.mailbox = ${EVERYTHING_BOX} AND e.uid = ?1`,
      message,
    );
    for (const place of places) this.#takeOut(place.mailbox, place);
  }

  #orphaned(message: number): boolean {
    return !this.#sql.row(`SELECT 1 FROM entries WHERE message = ? AND mailbox <> ${EVERYTHING_BOX}`, message);
  }

  /** The message itself; gives the file that held it. */
  #erase(message: number): string[] {
    this.#removeEverywhere(message);
    const { blob } = this.#sql.row<{ blob: string | null }>('SELECT blob FROM messages WHERE id = ?', message) ?? {};
    this.#sql.run('DELETE FROM messages WHERE id = ?', message);
    this.#sql.run('DELETE FROM found WHERE rowid = ?', message);
    return blob ? [blob] : [];
  }

  #uidValidity(): number {
    const sql = `UPDATE meta SET value = max(value + 1, ?) WHERE key = 'uid_validity' RETURNING value`;
    return this.#sql.row<{ value: number }>(sql, Math.floor(Date.now() / 1000))!.value;
  }
}

function parseFlags(flags: string): string[] {
  return flags === '[]' ? [] : (JSON.parse(flags) as string[]);
}

function startOf(file: string): Uint8Array {
  const start = Buffer.alloc(HEADER_LIMIT);
  const fd = openSync(file, 'r');
  try {
    return start.subarray(0, readSync(fd, start, 0, start.length, 0));
  } finally {
    closeSync(fd);
  }
}
