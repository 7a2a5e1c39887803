import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import { gated } from './gated.ts';

/** What the server itself keeps inside the root (its data, its configuration, its keys) is not there. */
export function keptOut(tree: FileTree, paths: readonly FilePath[]): FileTree {
  const own = paths.map((path) => path.map((name) => name.toLowerCase()));
  return gated(tree, (verb, path) => {
    // With a directory above them they would move too.
    if (verb === 'rename' && own.some((names) => path.every((name, depth) => name.toLowerCase() === names[depth]))) {
      throw new CsError('CS_DENIED', `${showPath(path)} stays where it is`);
    }
    // Also as a file system would read it that ignores case.
    if (!own.some((names) => names.every((name, depth) => path[depth]?.toLowerCase() === name))) return;
    if (verb === 'write' || verb === 'makeDir')
      throw new CsError('CS_DENIED', `${showPath(path)} cannot be stored here`);
    throw new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
  });
}
