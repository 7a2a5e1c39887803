/** A directory, row by row: MLSD, or LIST with what it leaves out asked for afterwards. */
import type { FileEntry } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FileName, type FilePath, fileName, isFileName, showPath } from '../../kit/file-path.ts';
import { LineBuffer } from '../../kit/lines.ts';
import { type Transfer, transfer } from './client-data.ts';
import { explained } from './client-explain.ts';
import { factsOf, parseListed, parseRow, type Row } from './client-listing.ts';
import { remotePath } from './client-path.ts';
import type { ClientSession } from './client-session.ts';
import { named, statIfThere, timeIn } from './client-stat.ts';
import { isLeftOver, isTemporary } from './client-temporary.ts';
import { decode } from './client-wire.ts';

/** Octets of a row: a name of 255 characters in four octets each, and all facts there are. */
const ROW = 8 * 1024;
/** Rows of one directory: far above any that a server lists in good faith. */
const ROWS = 1_000_000;

export interface Listing {
  readonly transfer: Transfer;
  readonly parse: (line: string, now: number) => Row | undefined;
}

export interface ListHow {
  readonly active: boolean;
  /** Ask for times to the second where the rows have none. */
  readonly exact: boolean;
  readonly log: (count: number) => void;
  /** Gets the names of what dead uploads left. */
  readonly leftOver?: (name: FileName) => void;
  /** Rows at most. */
  readonly most?: number;
}

/** Begins to list. Throws `CS_NOT_FOUND`, `CS_NOT_DIRECTORY`. */
export async function beginListing(session: ClientSession, path: FilePath, active: boolean): Promise<Listing> {
  const { features, root } = session.manner;
  const at = remotePath(root, path);
  if (features.has('MLST') || features.has('MLSD')) {
    try {
      const begun = await explained(session, path, 'directory', () => transfer(session, ['MLSD', at], { active }));
      return { transfer: begun, parse: parseRow };
    } catch (error) {
      if (!(error instanceof CsError) || error.code !== 'CS_UNSUPPORTED') throw error;
    }
  }
  // From within: many servers take the argument of LIST for a pattern, or for options.
  await explained(session, path, 'directory', () => session.demand('CWD', at));
  return { transfer: await listed(session, active), parse: parseListed };
}

/** `LIST -a` shows dotfiles where it is understood. */
async function listed(session: ClientSession, active: boolean): Promise<Transfer> {
  const { manner } = session;
  if (manner.listsAll !== false) {
    try {
      const begun = await transfer(session, ['LIST', '-a'], { active });
      manner.listsAll = true;
      return begun;
    } catch (error) {
      if (!(error instanceof CsError) || error.reply?.startsWith('5') !== true || !session.free) throw error;
      manner.listsAll = false;
    }
  }
  return transfer(session, ['LIST'], { active });
}

/** Entries as they come, many at a time. The caller gives the session back; it is free only if all were taken. */
export async function* entries(
  session: ClientSession,
  path: FilePath,
  { transfer: begun, parse }: Listing,
  how: ListHow,
): AsyncGenerator<readonly FileEntry[]> {
  const links: FileName[] = [];
  const vague: FileEntry[] = [];
  let left = 0;
  let whole = false;
  const settle = (rows: readonly Row[]): FileEntry[] => {
    const ready: FileEntry[] = [];
    for (const row of rows) {
      const name = nameOf(row, path);
      if (name === '') {
        if (row.kind === 'file' && isLeftOver(row.name, row.modified)) how.leftOver?.(fileName(row.name));
        continue;
      }
      if (name === undefined) left += 1;
      else if (row.kind === 'link') links.push(name);
      else if (row.kind === 'file' && !row.exact && how.exact) vague.push({ name, ...factsOf(row) });
      else ready.push({ name, ...factsOf(row) });
    }
    return ready;
  };
  try {
    for await (const rows of rowsOf(begun, parse, how.most ?? ROWS)) {
      const ready = settle(rows);
      if (ready.length > 0) yield ready;
    }
    await begun.received();
    whole = true;
  } finally {
    if (!whole) await begun.abandon();
  }
  if (left > 0) how.log(left);
  yield await timed(session, path, vague);
  yield await followed(session, path, links);
}

/** Undefined: a name that no tree of ours can hold. '': not an entry. */
function nameOf({ name, kind }: Row, path: FilePath): FileName | '' | undefined {
  if (name === '.' || name === '..' || kind === 'self' || kind === 'other') return '';
  // No server has a file of such a name: it is for somebody who would write there (trust.md CL-02).
  if (name.includes('/') || name.includes('\0')) {
    throw new CsError('CS_PEER_PROTOCOL', `a name that leads out of ${showPath(path)} in its listing`, { reply: name });
  }
  if (!isFileName(name)) return undefined;
  return isTemporary(name) ? '' : (name as FileName);
}

async function* rowsOf(begun: Transfer, parse: Listing['parse'], most: number): AsyncGenerator<readonly Row[]> {
  const lines = new LineBuffer({ max: ROW, newline: 'lenient' });
  const { charset } = begun.session.wire;
  const now = Date.now();
  let count = 0;
  const take = (): Row[] => {
    const rows: Row[] = [];
    for (let line = lines.next(); line !== undefined; line = lines.next()) {
      const row = parse(decode(line, charset), now);
      if (row) rows.push(row);
      count += 1;
    }
    if (count > most) throw new CsError('CS_PEER_LIMIT', `a listing of more than ${most} rows`);
    return rows;
  };
  for await (const chunk of begun.chunks()) {
    lines.push(chunk);
    yield take();
  }
  // A last line that nobody ended.
  lines.push(Buffer.from('\n'));
  yield take();
}

async function timed(session: ClientSession, path: FilePath, files: readonly FileEntry[]): Promise<FileEntry[]> {
  const root = remotePath(session.manner.root, path).replace(/\/$/, '');
  const replies = await session.askAll(files.map(({ name }) => ['MDTM', `${root}/${name}`] as const));
  return files.map((entry, at) => ({ ...entry, modified: timeIn(replies[at]!) ?? entry.modified }));
}

/** What links lead to; those that lead nowhere, or out of the tree, are not there. */
async function followed(session: ClientSession, path: FilePath, links: readonly FileName[]): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  for (const name of links) {
    const facts = await statIfThere(session, [...path, name]).catch((error: CsError) => {
      if (error.code !== 'CS_DENIED') throw error;
      return undefined;
    });
    if (facts) found.push({ name, ...facts });
  }
  return found;
}

/** Whether a directory has nothing in it; throws `CS_NOT_EMPTY` where it has. */
export async function assertEmpty(session: ClientSession, path: FilePath, active: boolean): Promise<void> {
  const listing = await beginListing(session, path, active);
  for await (const some of entries(session, path, listing, { active, exact: false, log: () => {} })) {
    if (some.length > 0) throw named('CS_NOT_EMPTY', path);
  }
}
