import type { Stirred } from './calls.ts';
import type { Statements } from './statements.ts';

/** The mailboxes that a transaction changed, noted only while somebody watches. */
export class Touched {
  readonly #sql: Statements;
  readonly #boxes = new Set<number>();
  #names: Stirred[] = [];
  #watched = false;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  watch(on: boolean): null {
    this.#watched = on;
    return null;
  }

  box(id: number): void {
    if (this.#watched) this.#boxes.add(id);
  }

  /** One that has no row, or another one now. */
  name(owner: string, mailbox: string): void {
    if (this.#watched) this.#names.push({ owner, mailbox, modseq: undefined });
  }

  /** What there was, before the commit; it is forgotten. */
  take(): readonly Stirred[] {
    const stirred = this.#names;
    for (const id of this.#boxes) {
      const sql = 'SELECT owner, name AS mailbox, modseq FROM mailboxes WHERE id = ?';
      const found = this.#sql.row<Stirred & object>(sql, id);
      if (found) stirred.push({ owner: found.owner, mailbox: found.mailbox, modseq: found.modseq });
    }
    this.forget();
    return stirred;
  }

  forget(): void {
    this.#boxes.clear();
    this.#names = [];
  }
}
