/** Which SQLite this Node has: its own from 24 on, before that the package's. */

const BUILT_IN = 'node:sqlite';
const PACKAGE = '@photostructure/sqlite';

/** For who has none. */
export const SQLITE_PACKAGE = PACKAGE;

/** The first that loads, as a module; throws what the last one threw. */
export async function importSqlite(): Promise<{ readonly name: string; readonly module: unknown }> {
  const builtInFirst = Number(process.versions.node.split('.')[0]) >= 24;
  quiet();
  let cause: unknown;
  for (const name of builtInFirst ? [BUILT_IN, PACKAGE] : [PACKAGE, BUILT_IN]) {
    try {
      return { name, module: await import(name) };
    } catch (error) {
      cause = error;
    }
  }
  throw cause;
}

/** Node calls its SQLite experimental on every start; that is our decision, not the reader's. Only in threads and processes of ours. */
function quiet(): void {
  const emit = process.emitWarning.bind(process) as (warning: string | Error, ...rest: unknown[]) => void;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).includes('SQLite')) emit(warning, ...rest);
  }) as typeof process.emitWarning;
}
