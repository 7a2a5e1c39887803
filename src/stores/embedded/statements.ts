import type { Database, Row, Statement, Value } from './sqlite.ts';

/** Statements by their text, prepared once. They do not keep their database alive, so this does. */
export class Statements {
  readonly db: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(db: Database) {
    this.db = db;
  }

  run(sql: string, ...values: Value[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  row<R = Row>(sql: string, ...values: Value[]): R | undefined {
    return this.#statement(sql).get(...values) as R | undefined;
  }

  rows<R = Row>(sql: string, ...values: Value[]): R[] {
    return this.#statement(sql).all(...values) as R[];
  }

  /** All of one moment: a commit in between would be lost otherwise. */
  snapshot<T>(read: () => T): T {
    this.db.exec('BEGIN');
    try {
      return read();
    } finally {
      this.db.exec('COMMIT');
    }
  }

  #statement(sql: string): Statement {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const made = this.db.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }
}
