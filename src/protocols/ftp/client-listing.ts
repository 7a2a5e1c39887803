/** Rows of a directory, whatever the server is: MLSD's facts, and what people read on old ones. */
import type { FileFacts } from '../../contracts/files.ts';
import { listedDos } from './client-listing-dos.ts';
import { listedOther } from './client-listing-other.ts';
import { listedUnix } from './client-listing-unix.ts';
import { parseFacts } from './facts.ts';
import { parseTime } from './time-value.ts';

export interface Row {
  readonly name: string;
  /** `link`: what it leads to has to be asked for. `self`: the directory itself, or its parent. `other`: a device, a socket. */
  readonly kind: FileFacts['kind'] | 'link' | 'self' | 'other';
  readonly size: number;
  /** Milliseconds since 1970; undefined where the row has no time. */
  readonly modified: number | undefined;
  /** The time is to the second, and in UTC. */
  readonly exact: boolean;
  readonly mode?: number;
  readonly unique?: string;
}

const KINDS: Readonly<Record<string, Row['kind']>> = {
  file: 'file',
  dir: 'directory',
  cdir: 'self',
  pdir: 'self',
};

/** `type=file;size=3;modify=20260102030405; name` (RFC 3659 section 7). Undefined for what is no such line. */
export function parseRow(line: string): Row | undefined {
  const { facts, name = '' } = parseFacts(line) ?? {};
  if (facts === undefined) return undefined;
  const type = (facts.get('type') ?? 'file').toLowerCase();
  const modified = parseTime(facts.get('modify') ?? '');
  const size = Number(facts.get('size') ?? facts.get('sizd') ?? 0);
  const mode = /^[0-7]{3,6}$/.test(facts.get('unix.mode') ?? '')
    ? Number.parseInt(facts.get('unix.mode') ?? '', 8)
    : undefined;
  const unique = facts.get('unique');
  return {
    name,
    kind: KINDS[type] ?? (/^os\.unix=s(?:ym)?link/.test(type) ? 'link' : 'other'),
    size: Number.isSafeInteger(size) && size >= 0 ? size : 0,
    modified,
    exact: modified !== undefined,
    ...(mode === undefined ? {} : { mode: mode & 0o777 }),
    ...(unique === undefined ? {} : { unique }),
  };
}

/** One line of LIST. @param now milliseconds since 1970, for rows without a year. Undefined for what is no row. */
export function parseListed(line: string, now: number): Row | undefined {
  const row = listedUnix(line, now) ?? listedDos(line) ?? listedOther(line);
  return row && !Number.isSafeInteger(row.size) ? { ...row, size: 0 } : row;
}

/** Facts of a row that is a file or a directory. */
export function factsOf(row: Row): FileFacts {
  const kind = row.kind === 'directory' ? 'directory' : 'file';
  const size = kind === 'directory' ? 0 : row.size;
  const tag = row.unique === undefined ? '' : `${row.unique}-${size.toString(36)}-${(row.modified ?? 0).toString(36)}`;
  return { kind, size, modified: row.modified ?? 0, ...(row.mode === undefined ? {} : { mode: row.mode }), tag };
}
