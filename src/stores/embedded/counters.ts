import type { Place } from './calls.ts';
import type { Statements } from './statements.ts';

/** The counters of one mailbox while a transaction runs. */
export interface Counter {
  readonly id: number;
  uidNext: number;
  modseq: number;
  messages: number;
  bytes: number;
  unseen: number;
}

/** A batch of messages for one mailbox counts in memory and is written once, at the end of the transaction. */
export class Counters {
  readonly #sql: Statements;
  readonly #open = new Map<string, Counter>();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Whoever asks is about to change it. */
  of({ owner, mailbox }: Place): Counter | undefined {
    const key = `${mailbox}\0${owner}`;
    const known = this.#open.get(key);
    if (known) return known;
    const found = this.#sql.row<Counter>(
      `SELECT id, uid_next AS uidNext, modseq, messages, bytes, unseen FROM mailboxes WHERE owner = ? AND name = ?`,
      owner,
      mailbox,
    );
    if (!found) return undefined;
    const counter = { ...found };
    this.#open.set(key, counter);
    return counter;
  }

  flush(): void {
    if (this.#open.size === 0) return;
    for (const { id, uidNext, modseq, messages, bytes, unseen } of this.#open.values()) {
      const sql = 'UPDATE mailboxes SET uid_next = ?, modseq = ?, messages = ?, bytes = ?, unseen = ? WHERE id = ?';
      this.#sql.run(sql, uidNext, modseq, messages, bytes, unseen, id);
    }
    this.#open.clear();
  }

  /** The transaction came to nothing. */
  forget(): void {
    this.#open.clear();
  }
}
