import { CsError } from '../../kit/errors.ts';
import { importSqlite, SQLITE_PACKAGE } from '../../kit/sqlite.ts';

export type Value = string | number | null | Uint8Array;
export type Row = Record<string, Value>;

/** The part of `node:sqlite` that the store stands on; the package below has the same. */
export interface Statement {
  run(...values: Value[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}
type Constructor = new (path: string) => Database;

/** Throws `CS_LOCAL_IO` with a hint. */
export async function loadSqlite(): Promise<Constructor> {
  try {
    return ((await importSqlite()).module as { DatabaseSync: Constructor }).DatabaseSync;
  } catch (cause) {
    throw new CsError('CS_LOCAL_IO', 'no SQLite runs here', {
      hint: `leave --data away to keep mail in memory, or: npm install ${SQLITE_PACKAGE}`,
      cause,
    });
  }
}

const FULL = 13;
const BUSY = new Set([5, 6]);
const DAMAGED = new Set([11, 26]);

/** A failed statement in our words: what the writer of a message is told. */
export function asStoreError(error: unknown): CsError {
  if (error instanceof CsError) return error;
  const { errcode, message = String(error) } = error as { errcode?: number; message?: string };
  const code = (errcode ?? 0) & 0xff;
  if (code === FULL || /disk is full/i.test(message)) {
    return new CsError('CS_DISK_FULL', 'no room left where the mail is kept', { cause: error });
  }
  if (BUSY.has(code) || /database is locked/i.test(message)) {
    return new CsError('CS_BUSY', 'another process is writing to this store', { cause: error });
  }
  const hint = DAMAGED.has(code) ? 'the store is damaged: restore a copy, or start with an empty --data' : undefined;
  return new CsError('CS_LOCAL_IO', `the store failed: ${message}`, { hint, cause: error });
}
