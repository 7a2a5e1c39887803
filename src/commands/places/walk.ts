import type { FileEntry, FileTree } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import { child, type FilePlace, type Found } from './place.ts';
import { unnamable } from './words.ts';

/** Entries of one directory: they are sorted in memory. */
const MOST = 2_000_000;

/** One order for every place, whatever language it sorts in. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** What a directory holds, sorted, each name once: a far end may say what it likes. Throws `CS_LIMIT` for more than fits. */
export async function sortedList(
  tree: FileTree,
  path: FilePath,
  signal: AbortSignal,
  seen: () => void = () => {},
): Promise<readonly FileEntry[]> {
  const entries: FileEntry[] = [];
  for await (const entry of tree.list(path, signal)) {
    if (entries.push(entry) > MOST) throw new CsError('CS_LIMIT', `a directory with more than ${MOST} entries`);
    seen();
  }
  return entries.sort(byName).filter(({ name }, at) => at === 0 || name !== entries[at - 1]?.name);
}

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** Something came in. */
  readonly seen: () => void;
  /** Links to directories are entered; without it they are named and passed by: what changes things must not follow them. */
  readonly links: boolean;
  /** A directory that cannot be listed: told, and passed by. */
  readonly failed: (path: FilePath, error: unknown) => Promise<void>;
}

/**
 * Everything below a directory, a directory before what it holds, one directory in memory at a time. A directory that holds
 * itself (a link that leads up) is entered once.
 */
export async function* walk(
  place: FilePlace,
  start: Found,
  options: WalkOptions,
  above: readonly string[] = [],
): AsyncGenerator<Found> {
  const { tag } = start.facts;
  if (tag !== '' && above.includes(tag)) return;
  let entries: readonly FileEntry[];
  try {
    entries = await sortedList(place.tree, start.path, options.signal, options.seen);
    for (const name of place.unnamed(start.path)) await options.failed(start.path, unnamable(place, start.path, name));
  } catch (error) {
    options.signal.throwIfAborted();
    await options.failed(start.path, error);
    return;
  }
  for (const entry of entries) {
    const found = { path: child(start.path, entry.name), facts: entry };
    yield found;
    const enters = entry.kind === 'directory' && (options.links || !place.isLink(found.path));
    if (enters) yield* walk(place, found, options, [...above, tag]);
  }
}
