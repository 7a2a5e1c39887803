import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FileName, type FilePath, fileName, showPath } from '../../../kit/file-path.ts';
import { gated } from './gated.ts';
import { over } from './over.ts';

const INDEX = fileName('index.html');

/** One file of a directory, and nothing beside it. A page is the index of its directory too. */
export function onlyFile(tree: FileTree, name: FileName): FileTree {
  const alone = gated(tree, (verb, path) => {
    if (path.length === 1 && path[0] === name && verb !== 'rename' && verb !== 'remove' && verb !== 'makeDir') return;
    if (path.length === 0 && (verb === 'look' || verb === 'list')) return;
    if (verb === 'look' || verb === 'list' || verb === 'read') {
      throw new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
    }
    throw new CsError('CS_DENIED', `one file is served here, and ${showPath(path)} stays as it is`);
  });
  if (!/\.x?html?$/i.test(name)) return alone;
  const meant = (path: FilePath): FilePath => (path.length === 1 && path[0] === INDEX ? [name] : path);
  const { peek } = alone;
  return over(alone, {
    stat: (path, signal) => alone.stat(meant(path), signal),
    open: (path, signal, known) => alone.open(meant(path), signal, known),
    peek: peek && ((path) => peek(meant(path))),
  });
}
