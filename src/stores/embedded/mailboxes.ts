/** Mailboxes and what stands in them, inside the writer's transaction. */
import { CsError } from '../../kit/errors.ts';
import { SEEN } from '../shared/flags.ts';
import { hasQuota } from '../shared/keeping.ts';
import { INBOX, MAILBOXES_PER_OWNER, mailboxExists, noMailbox } from '../shared/mailbox-name.ts';
import { limited, type Quota, refuseOver, tightest } from '../shared/quota.ts';
import type { Place } from './calls.ts';
import { type Counter, Counters } from './counters.ts';
import type { Statements } from './statements.ts';
import type { Touched } from './touched.ts';

export interface Entry {
  readonly uid: number;
  readonly message: number;
  readonly flags: string;
  readonly modseq: number;
  /** Of the message. */
  readonly size: number;
  /** Of the message; milliseconds since the epoch. */
  readonly receivedAt: number;
}

export const ENTRY = 'uid, message, flags, modseq, size, received_at AS receivedAt';
const ADD_ENTRY = `INSERT INTO entries (mailbox, uid, message, flags, modseq, saved_at, size, received_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
/** Expunges of a mailbox that are remembered, at least; who asks for what is older must compare uids. */
const TOMBSTONES = 20_000;
/** Expunges after which the oldest are looked for. */
const COMPACT_EVERY = 1000;

type Added = Pick<Entry, 'message' | 'size' | 'receivedAt'>;

export class Mailboxes {
  readonly #sql: Statements;
  readonly #counters: Counters;
  readonly #touched: Touched;
  readonly #quota: Quota;
  #untilCompact = COMPACT_EVERY;

  constructor(sql: Statements, touched: Touched, quota: Quota) {
    this.#sql = sql;
    this.#quota = quota;
    this.#touched = touched;
    this.#counters = new Counters(sql);
  }

  /** A transaction begins: what another process may have changed is looked at anew. */
  begin(): void {
    this.#counters.forget();
  }

  /** Before anything but adding looks at a mailbox, and before the commit. */
  settle(): void {
    this.#counters.flush();
  }

  /** The id of a mailbox; INBOX is there for everybody. */
  id({ owner, mailbox }: Place): number {
    const sql = 'SELECT id FROM mailboxes WHERE owner = ? AND name = ?';
    const found = this.#sql.row<{ id: number }>(sql, owner, mailbox);
    if (found) return found.id;
    if (mailbox !== INBOX) throw noMailbox(mailbox);
    this.create({ owner, mailbox });
    return this.id({ owner, mailbox });
  }

  identity(place: Place): { readonly uidValidity: number; readonly uidNext: number } {
    const sql = 'SELECT uid_validity AS uidValidity, uid_next AS uidNext FROM mailboxes WHERE id = ?';
    return this.#sql.row<{ uidValidity: number; uidNext: number }>(sql, this.id(place))!;
  }

  /** Throws `CS_EXISTS`, `CS_LIMIT`. */
  create({ owner, mailbox, use }: Place & { readonly use?: readonly string[] }): null {
    const { n = 0 } = this.#sql.row<{ n: number }>('SELECT count(*) AS n FROM mailboxes WHERE owner = ?', owner) ?? {};
    if (n >= MAILBOXES_PER_OWNER && mailbox !== INBOX)
      throw new CsError('CS_LIMIT', `more than ${MAILBOXES_PER_OWNER} mailboxes`);
    const made = this.#sql.run(
      `INSERT INTO mailboxes (owner, name, uid_validity, uses) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      owner,
      mailbox,
      this.#uidValidity(),
      use && use.length > 0 ? JSON.stringify(use) : null,
    );
    if (made.changes === 0 && mailbox !== INBOX) throw mailboxExists(mailbox);
    if (made.changes > 0) this.#touched.box(made.id);
    return null;
  }

  /** Those of the given uids that are there, or all, ascending. */
  entries(box: number, uids?: readonly number[]): Entry[] {
    return this.#sql.rows<Entry>(
      `SELECT ${ENTRY} FROM entries WHERE mailbox = ?
       ${uids ? 'AND uid IN (SELECT value FROM json_each(?))' : ''} ORDER BY uid`,
      ...(uids ? [box, JSON.stringify(uids)] : [box]),
    );
  }

  /** @param uid given only for the view of everything, where it is the message's id */
  add(place: Place, { message, size, receivedAt }: Added, flags: readonly string[], uid?: number): number {
    const counter = this.#counter(place);
    const given = uid ?? counter.uidNext;
    counter.uidNext = given + 1;
    counter.modseq += 1;
    counter.messages += 1;
    counter.bytes += size;
    if (!flags.includes(SEEN)) counter.unseen += 1;
    const { id, modseq } = counter;
    this.#sql.run(ADD_ENTRY, id, given, message, JSON.stringify(flags), modseq, Date.now(), size, receivedAt);
    this.#touched.box(counter.id);
    return given;
  }

  /** The next modseq of a mailbox. */
  touch(box: number): number {
    this.#touched.box(box);
    const sql = 'UPDATE mailboxes SET modseq = modseq + 1 WHERE id = ? RETURNING modseq';
    return this.#sql.row<{ modseq: number }>(sql, box)!.modseq;
  }

  /** One entry goes; its message stays. */
  takeOut(box: number, { uid, size, flags }: Entry): void {
    this.#sql.run('DELETE FROM entries WHERE mailbox = ? AND uid = ?', box, uid);
    this.#sql.run('INSERT INTO expunged (mailbox, modseq, uid) VALUES (?, ?, ?)', box, this.touch(box), uid);
    this.#sql.run(
      'UPDATE mailboxes SET messages = messages - 1, bytes = bytes - ?, unseen = unseen - ? WHERE id = ?',
      size,
      parseFlags(flags).includes(SEEN) ? 0 : 1,
      box,
    );
    this.#untilCompact -= 1;
    if (this.#untilCompact <= 0) this.#compact(box);
  }

  /** Old and new names; whoever makes them has looked that they are free. */
  rename(owner: string, pairs: readonly (readonly [string, string])[]): void {
    for (const [from, to] of pairs) {
      this.#sql.run('UPDATE mailboxes SET name = ? WHERE owner = ? AND name = ?', to, owner, from);
      for (const name of [from, to]) this.#touched.name(owner, name);
    }
  }

  erase({ owner, mailbox }: Place, box: number): void {
    this.#sql.run('DELETE FROM mailboxes WHERE id = ?', box);
    this.#sql.run('DELETE FROM expunged WHERE mailbox = ?', box);
    this.#touched.name(owner, mailbox);
  }

  /** Everything has been taken out of every mailbox, without a word about each. */
  emptied(): void {
    this.#sql.run('DELETE FROM expunged');
    const found = this.#sql.rows<{ id: number }>(
      `UPDATE mailboxes SET modseq = modseq + 1, horizon = modseq + 1, messages = 0, bytes = 0, unseen = 0
       WHERE messages > 0 RETURNING id`,
    );
    for (const { id } of found) this.#touched.box(id);
  }

  /** Throws `CS_QUOTA` when that much more would be too much. Before anything is written. */
  take(owner: string, bytes: number, messages: number): void {
    const quota = tightest(this.#quota, this.#ownQuota(owner));
    if (!hasQuota(quota)) return;
    this.settle();
    const used = this.#sql.row<{ bytes: number; messages: number }>(
      'SELECT ifnull(sum(bytes), 0) AS bytes, ifnull(sum(messages), 0) AS messages FROM mailboxes WHERE owner = ?',
      owner,
    )!;
    refuseOver(limited(used, quota), bytes, messages);
  }

  #ownQuota(owner: string): Partial<Quota> | undefined {
    const sql = `SELECT record ->> '$.quota' AS quota FROM users WHERE name = ?`;
    const quota = this.#sql.row<{ quota: string | null }>(sql, owner)?.quota;
    return typeof quota === 'string' ? (JSON.parse(quota) as Partial<Quota>) : undefined;
  }

  names(owner: string): string[] {
    return this.#sql
      .rows<{ name: string }>('SELECT name FROM mailboxes WHERE owner = ?', owner)
      .map(({ name }) => name);
  }

  subscribe({ owner, mailbox }: Place, on: boolean): void {
    if (on) this.#sql.run('INSERT INTO subscriptions VALUES (?, ?) ON CONFLICT DO NOTHING', owner, mailbox);
    else this.#sql.run('DELETE FROM subscriptions WHERE owner = ? AND name = ?', owner, mailbox);
    this.#touched.name(owner, mailbox);
  }

  subscriptions(owner: string): number {
    return this.#sql.row<{ n: number }>('SELECT count(*) AS n FROM subscriptions WHERE owner = ?', owner)!.n;
  }

  #compact(box: number): void {
    this.#untilCompact = COMPACT_EVERY;
    const sql = `SELECT modseq FROM expunged WHERE mailbox = ? ORDER BY modseq DESC LIMIT 1 OFFSET ${TOMBSTONES}`;
    const last = this.#sql.row<{ modseq: number }>(sql, box);
    if (!last) return;
    this.#sql.run('DELETE FROM expunged WHERE mailbox = ? AND modseq <= ?', box, last.modseq);
    this.#sql.run('UPDATE mailboxes SET horizon = ? WHERE id = ?', last.modseq, box);
  }

  #counter(place: Place): Counter {
    const found = this.#counters.of(place);
    if (found) return found;
    this.id(place);
    return this.#counters.of(place)!;
  }

  #uidValidity(): number {
    const sql = `UPDATE meta SET value = max(value + 1, ?) WHERE key = 'uid_validity' RETURNING value`;
    return this.#sql.row<{ value: number }>(sql, Math.floor(Date.now() / 1000))!.value;
  }
}

export function parseFlags(flags: string): string[] {
  return flags === '[]' ? [] : (JSON.parse(flags) as string[]);
}
