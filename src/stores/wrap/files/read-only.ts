import type { FileTree } from '../../../contracts/files.ts';
import { over } from './over.ts';

/** Looking, and nothing else: the abilities to change anything are not there. */
export function readOnly(tree: FileTree): FileTree {
  return over(tree, {
    write: undefined,
    staged: undefined,
    stagedIn: undefined,
    makeDir: undefined,
    remove: undefined,
    rename: undefined,
    copy: undefined,
    setAttributes: undefined,
  });
}

/** Everything but removing. A file may still be replaced. */
export function noDelete(tree: FileTree): FileTree {
  return over(tree, { remove: undefined });
}
