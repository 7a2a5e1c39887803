import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { over } from './over.ts';

/** A far tree whose short questions have a time limit, in milliseconds; what carries octets has none. */
export function patient(tree: FileTree, limit: number): FileTree {
  const timed = <T>(signal: AbortSignal | undefined, ask: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const late = AbortSignal.timeout(limit);
    const both = signal ? AbortSignal.any([signal, late]) : late;
    return ask(both).catch((error: unknown) => {
      if (late.aborted) throw new CsError('CS_BUSY', 'the server behind does not answer', { cause: error });
      throw error;
    });
  };
  const { makeDir, remove, rename, setAttributes } = tree;
  return over(tree, {
    stat: (path, signal) => timed(signal, (both) => tree.stat(path, both)),
    makeDir: makeDir && ((path, signal) => timed(signal, (both) => makeDir.call(tree, path, both))),
    remove: remove && ((path, kind, signal) => timed(signal, (both) => remove.call(tree, path, kind, both))),
    rename: rename && ((from, to, how, signal) => timed(signal, (both) => rename.call(tree, from, to, how, both))),
    setAttributes:
      setAttributes &&
      ((path, attributes, signal) => timed(signal, (both) => setAttributes.call(tree, path, attributes, both))),
  });
}
