/** What a tree says of a file, in the words of FTP: facts for programs, a line for people. */
import { createHash } from 'node:crypto';
import type { FileFacts, FileTree } from '../../contracts/files.ts';
import type { FactName } from './session.ts';
import { formatTime } from './time-value.ts';

/** RFC 3659 section 7.5.5: what this client may try, by what the tree can do. */
function permissions({ kind, partial }: FileFacts, tree: FileTree): string {
  const has = (letters: string, able: unknown): string => (able ? letters : '');
  if (kind === 'file') {
    return `${has('r', !partial)}${has('aw', tree.write)}${has('d', tree.remove)}${has('f', tree.rename)}`;
  }
  return `el${has('c', tree.write)}${has('m', tree.makeDir)}${has('dp', tree.remove)}${has('f', tree.rename)}`;
}

/**
 * RFC 3659 section 7.5.2, and more: it is another one when the content is, so that a tree at the other end can tell. A mark
 * that is no word of MLSD's goes by its hash.
 */
function unique(tag: string): string | undefined {
  if (tag === '') return undefined;
  return /^[!-:<-~]{1,200}$/.test(tag) ? tag : createHash('sha256').update(tag).digest('hex').slice(0, 32);
}

type Show = (facts: FileFacts, tree: FileTree, type: string) => string | undefined;

const SHOW: Readonly<Record<FactName, Show>> = {
  type: (_facts, _tree, type) => type,
  size: ({ kind, size }) => (kind === 'file' ? String(size) : undefined),
  modify: ({ modified }) => formatTime(modified),
  perm: permissions,
  unique: ({ tag }) => unique(tag),
  'UNIX.mode': ({ mode }) => (mode === undefined ? undefined : `0${(mode & 0o777).toString(8).padStart(3, '0')}`),
};

/** @param type `file`, `dir`, `cdir`, `pdir` */
export function* factsOf(
  facts: FileFacts,
  tree: FileTree,
  wanted: ReadonlySet<FactName>,
  type: string,
): Generator<readonly [string, string]> {
  for (const name of wanted) {
    const value = SHOW[name](facts, tree, type);
    if (value !== undefined) yield [name, value];
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const HALF_A_YEAR = 182 * 86_400_000;

/** As `ls -l` in the C locale, in UTC; the owner is nobody's business. */
export function listLine(name: string, facts: FileFacts, now: number): string {
  const directory = facts.kind === 'directory';
  const mode = facts.mode ?? (directory ? 0o755 : 0o644);
  const bits = [...'rwxrwxrwx'].map((letter, at) => ((mode >> (8 - at)) & 1 ? letter : '-')).join('');
  const size = String(facts.size).padStart(12);
  return `${directory ? 'd' : '-'}${bits}   1 ftp      ftp      ${size} ${listTime(facts.modified, now)} ${name}`;
}

function listTime(modified: number, now: number): string {
  const date = new Date(Math.floor(modified));
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
  const recent = modified > now - HALF_A_YEAR && modified <= now + 60_000;
  return recent ? `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}` : `${day}  ${date.getUTCFullYear()}`;
}
