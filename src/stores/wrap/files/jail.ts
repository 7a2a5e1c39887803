import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import { over } from './over.ts';

/**
 * A directory of a tree as a tree of its own. Names cannot climb (`kit/file-path.ts`), so there is nothing to check.
 * @param ready what has to be there first; asked before each call
 */
export function jail(
  tree: FileTree,
  root: FilePath,
  ready: () => Promise<void> | undefined = () => undefined,
): FileTree {
  const inside = (path: FilePath): FilePath => [...root, ...path];
  const shown = showPath(root);
  /** What is said of a path is said of the path as it was asked for. */
  const told = (error: unknown): never => {
    if (!(error instanceof CsError) || !error.message.includes(shown) || root.length === 0) throw error;
    const message = error.message.replaceAll(`${shown}/`, '/').replaceAll(shown, '/');
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new CsError(error.code, message, { ...hint, cause: error });
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    await ready();
    return work().catch(told);
  };
  const { readWhole, write, writeWhole, staged, stagedIn, makeDir, remove, rename, copy, setAttributes, hash, peek } =
    tree;
  return over(tree, {
    stat: (path, signal) => call(() => tree.stat(inside(path), signal)),
    list: async function* (path, signal) {
      await ready();
      try {
        yield* tree.list(inside(path), signal);
      } catch (error) {
        told(error);
      }
    },
    open: (path, signal, known) => call(() => tree.open(inside(path), signal, known)),
    readWhole: readWhole && ((path, known, signal) => call(() => readWhole.call(tree, inside(path), known, signal))),
    write: write && ((path, order, signal) => call(() => write.call(tree, inside(path), order, signal))),
    writeWhole: writeWhole && ((path, ...how) => call(() => writeWhole.call(tree, inside(path), ...how))),
    staged: staged && ((path, stage) => call(() => staged.call(tree, inside(path), stage))),
    stagedIn: stagedIn && ((path) => call(() => stagedIn.call(tree, inside(path)))),
    makeDir: makeDir && ((path, signal) => call(() => makeDir.call(tree, own(inside(path), root), signal))),
    remove: remove && ((path, kind, signal) => call(() => remove.call(tree, own(inside(path), root), kind, signal))),
    rename:
      rename &&
      ((from, to, how, signal) =>
        call(() => rename.call(tree, own(inside(from), root), own(inside(to), root), how, signal))),
    copy: copy && ((from, to, how, signal) => call(() => copy.call(tree, inside(from), inside(to), how, signal))),
    setAttributes:
      setAttributes &&
      ((path, attributes, signal) => call(() => setAttributes.call(tree, inside(path), attributes, signal))),
    hash: hash && ((path, name, range, signal) => call(() => hash.call(tree, inside(path), name, range, signal))),
    peek: peek && ((path) => peek.call(tree, inside(path))),
  });
}

/** The root of a tree stays, also where it is a directory of another one. Rejects, as every method does. */
function own(path: FilePath, root: FilePath): FilePath {
  if (path.length === root.length) throw new CsError('CS_DENIED', 'the root stays as it is');
  return path;
}
