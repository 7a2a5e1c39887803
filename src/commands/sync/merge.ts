/** Two directories side by side, name by name: what has to be done that the second is as the first. */
import type { FileEntry, FileFacts } from '../../contracts/files.ts';
import type { FileName, FilePath } from '../../kit/file-path.ts';
import { child, type FilePlace } from '../places/place.ts';
import { sortedList } from '../places/walk.ts';
import type { Filter } from './filter.ts';

/** `path` counts from the tops of both. */
export type Step =
  | { readonly kind: 'directory'; readonly path: FilePath; readonly there: boolean }
  | { readonly kind: 'file'; readonly path: FilePath; readonly facts: FileFacts; readonly there: FileFacts | null }
  | { readonly kind: 'extra'; readonly path: FilePath; readonly facts: FileFacts }
  /** One of them is a file and the other a directory. */
  | { readonly kind: 'clash'; readonly path: FilePath; readonly facts: FileFacts; readonly there: FileFacts };

export interface MergeOrder {
  readonly from: FilePlace;
  readonly to: FilePlace;
  readonly filter: Filter;
  readonly signal: AbortSignal;
  readonly seen: () => void;
  /** A directory of the source or of the target that cannot be listed; what is in it is passed by. */
  readonly failed: (end: 'from' | 'to', path: FilePath, error: unknown) => Promise<void>;
  /** A name of the source that goes nowhere. */
  readonly unnamed: (path: FilePath, name: string) => Promise<void>;
}

/** @param there whether the target has this directory. Memory: the directories on the way down, both ends. */
export async function* merge(
  order: MergeOrder,
  path: FilePath,
  there: boolean,
  above: readonly string[] = [],
  tag = '',
): AsyncGenerator<Step> {
  // A directory that holds itself (a link that leads up) is mirrored once.
  if (tag !== '' && above.includes(tag)) return;
  const [sources, targets] = await Promise.all([list(order, 'from', path), there ? list(order, 'to', path) : []]);
  if (!sources || !targets) return;
  for (const name of order.from.unnamed([...order.from.path, ...path])) await order.unnamed(path, name);
  for (const [source, target] of pairs(sources, targets)) {
    const name = (source ?? target)?.name as FileName;
    const at = child(path, name);
    const takes = (entry: FileEntry | undefined): entry is FileEntry =>
      entry !== undefined && order.filter.takes(at, entry.kind);
    if (!takes(source)) {
      if (!source && takes(target)) yield { kind: 'extra', path: at, facts: target };
    } else if (target && target.kind !== source.kind) {
      yield { kind: 'clash', path: at, facts: source, there: target };
    } else if (source.kind === 'file') {
      yield { kind: 'file', path: at, facts: source, there: target ?? null };
    } else {
      yield { kind: 'directory', path: at, there: target !== undefined };
      yield* merge(order, at, target !== undefined, [...above, tag], source.tag);
    }
  }
}

async function list(order: MergeOrder, end: 'from' | 'to', path: FilePath): Promise<readonly FileEntry[] | undefined> {
  const place = order[end];
  try {
    return await sortedList(place.tree, [...place.path, ...path], order.signal, order.seen);
  } catch (error) {
    order.signal.throwIfAborted();
    await order.failed(end, path, error);
    return undefined;
  }
}

/** Both sorted by name; each name once. */
function* pairs(
  left: readonly FileEntry[],
  right: readonly FileEntry[],
): Generator<readonly [FileEntry | undefined, FileEntry | undefined]> {
  let at = 0;
  for (const source of left) {
    for (let extra = right[at]; extra && extra.name < source.name; extra = right[++at]) yield [undefined, extra];
    const same = right[at]?.name === source.name ? right[at++] : undefined;
    yield [source, same];
  }
  for (let extra = right[at]; extra; extra = right[++at]) yield [undefined, extra];
}
