import type { IndexEntry } from './read.ts';
import { safeName } from './safe-name.ts';

type Entry = Readonly<Record<string, unknown>>;

/** Ours (`cs.listing/1`), nginx's (`autoindex_format json`) and Caddy's (`file_server browse`). */
export function jsonIndex(text: string): readonly IndexEntry[] | undefined {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return undefined;
  }
  const ours = (root as { schema?: unknown; entries?: unknown } | null)?.schema === 'cs.listing/1';
  const list = ours ? (root as { entries: unknown }).entries : root;
  if (!Array.isArray(list)) return undefined;
  const records = list.filter((one): one is Entry => typeof one === 'object' && one !== null);
  if (records.length < list.length || records.some(({ name }) => typeof name !== 'string')) return undefined;
  return records.map(entryOf).filter((entry): entry is IndexEntry => entry !== undefined);
}

function entryOf(record: Entry): IndexEntry | undefined {
  const { name, kind, type, is_dir: isDir, size, modified, mtime, mod_time: modTime, tag } = record;
  const directory = kind === 'directory' || type === 'directory' || isDir === true;
  const safe = safeName(String(name).replace(directory ? /\/$/ : /$^/, ''));
  if (safe === undefined) return undefined;
  const time = Date.parse(String(modified ?? mtime ?? modTime));
  const exact = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  return {
    name: safe,
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : exact ? size : undefined,
    modified: Number.isNaN(time) ? undefined : time,
    ...(typeof tag === 'string' ? { tag } : {}),
  };
}
