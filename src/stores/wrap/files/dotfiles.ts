import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { isHidden, showPath } from '../../../kit/file-path.ts';
import { gated } from './gated.ts';

/** Dotfiles are not there, and cannot be made. */
export function withoutDotfiles(tree: FileTree): FileTree {
  return gated(tree, (verb, path) => {
    if (!isHidden(path)) return;
    if (verb === 'write' || verb === 'makeDir') throw new CsError('CS_DENIED', 'dotfiles are not served here');
    throw new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
  });
}
