/** Messages on their way in, and their flags, inside the writer's transaction. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { NewFact } from '../../contracts/journal.ts';
import { HEADER_LIMIT, headerFacts } from '../../kit/mime/header-facts.ts';
import { ownersOf } from '../shared/address.ts';
import { canonicalFlags } from '../shared/flags.ts';
import { mailStored } from '../shared/mail-fact.ts';
import { EVERYTHING, INBOX } from '../shared/mailbox-name.ts';
import type { Arrived, WriterCalls } from './calls.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Statements } from './statements.ts';

export type AddFact = (fact: NewFact) => number;
type Args<K extends keyof WriterCalls> = WriterCalls[K]['args'];
type Result<K extends keyof WriterCalls> = WriterCalls[K]['result'];

export class MailWriter {
  readonly #sql: Statements;
  readonly #record: AddFact;
  readonly #blobs: string;
  readonly #boxes: Mailboxes;
  #accounts: boolean | undefined;

  constructor(sql: Statements, boxes: Mailboxes, record: AddFact, blobs: string) {
    this.#sql = sql;
    this.#record = record;
    this.#blobs = blobs;
    this.#boxes = boxes;
  }

  /** Before anything but `store` looks at mailboxes or accounts, and before the commit. */
  settle(): void {
    this.#boxes.settle();
    this.#accounts = undefined;
  }

  /** A transaction begins: what another process may have changed is looked at anew. */
  begin(): void {
    this.#boxes.begin();
    this.#accounts = undefined;
  }

  store(arrived: Arrived, octets: Uint8Array): number {
    const { envelope, origin, into, size, blob } = arrived;
    if (into) this.#boxes.id(into);
    const owners = into ? [into.owner] : ownersOf(envelope, (address) => this.#account(address));
    for (const owner of owners) this.#boxes.take(owner, size, 1);
    const headers = headerFacts(blob === undefined ? octets : startOf(join(this.#blobs, blob)));
    const receivedAt = into?.receivedAt ?? new Date().toISOString();
    const facts = { from: envelope.from, to: envelope.to.map(({ address }) => address), headers };
    const { id } = this.#sql.run(
      `INSERT INTO messages (size, received_at, facts, blob, content, origin, transcript)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      size,
      receivedAt,
      JSON.stringify(facts),
      blob ?? null,
      blob === undefined ? octets : null,
      origin === undefined ? null : JSON.stringify({ ...origin, transcript: undefined }),
      origin?.transcript ?? null,
    );
    const flags = canonicalFlags(into?.flags ?? []);
    const added = { message: id, size, receivedAt: Date.parse(receivedAt) || 0 };
    if (into) this.#boxes.add(into, added, flags);
    else for (const owner of owners) this.#boxes.add({ owner, mailbox: INBOX }, added, flags);
    this.#boxes.add({ owner: EVERYTHING, mailbox: INBOX }, added, flags, id);
    this.#record(mailStored({ id, size, envelope, origin, headers, owners }));
    return id;
  }

  /** All or none: what could stand against one of them is asked before the first is filed. */
  append(all: Args<'append'>, octets: Uint8Array): Result<'append'> {
    for (const { into } of all) this.#boxes.id(into!);
    const [first] = all;
    if (first)
      this.#boxes.take(
        first.into!.owner,
        all.reduce((sum, { size }) => sum + size, 0),
        all.length,
      );
    let at = 0;
    return all.map((arrived) => {
      const length = arrived.blob === undefined ? arrived.size : 0;
      const id = this.store(arrived, octets.subarray(at, at + length));
      at += length;
      this.settle();
      const { uidNext, uidValidity } = this.#boxes.identity(arrived.into!);
      return { id, uid: uidNext - 1, uidValidity };
    });
  }

  index({ from, upTo, texts }: Args<'index'>): boolean {
    const moved = this.#sql.run(`UPDATE meta SET value = ? WHERE key = 'indexed' AND value = ?`, upTo, from);
    if (moved.changes === 0) return false;
    for (const { id, words, header, body, cut, index } of texts) {
      if (!this.#sql.row('SELECT 1 FROM messages WHERE id = ?', id)) continue;
      this.#sql.run('INSERT INTO found (rowid, text) VALUES (?, ?)', id, words);
      this.#sql.run('INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)', id, Number(cut), header, body);
      this.#sql.run(
        'INSERT OR REPLACE INTO indexes VALUES (?, ?, ?, ?, ?, ?, ?)',
        id,
        index.headerEnd,
        index.root,
        index.envelope,
        index.structure,
        index.keys,
        index.header ?? null,
      );
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
