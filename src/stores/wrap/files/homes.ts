import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, ROOT, resolvePath } from '../../../kit/file-path.ts';
import type { FileWrap } from './house.ts';
import { jail } from './jail.ts';
import { over } from './over.ts';

/** Letters and digits first: never a dotfile, a path, a pattern or an escape (trust.md PA-10). */
const FIT = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;
const PLACE = '{user}';

/** Whether an account may have a home under its name. */
export function isHomeName(user: string): boolean {
  return FIT.test(user) && !user.endsWith('.');
}

/** `home/{user}` and a user → the path of the home. Throws `CS_DENIED` for a name that is not fit for one. */
export function homeOf(template: string, user: string): FilePath {
  if (!isHomeName(user)) throw new CsError('CS_DENIED', 'this account has no directory here');
  return resolvePath(
    ROOT,
    template.replaceAll(PLACE, () => user),
  );
}

/**
 * Every user in a directory of their own. Throws `CS_USAGE` for a template without a user.
 * @param made whether it is made when it is first used
 */
export function homes(template: string, made: boolean): FileWrap {
  if (!template.includes(PLACE)) {
    throw new CsError('CS_USAGE', `no ${PLACE} in ${JSON.stringify(template)}: everybody would share one home`);
  }
  homeOf(template, 'user');
  return (tree, { user }) => {
    let path: FilePath;
    try {
      path = homeOf(template, user);
    } catch (error) {
      return refusing(tree, error);
    }
    let making: Promise<void> | undefined;
    if (!made) return jail(tree, path);
    return jail(tree, path, () => {
      making ??= make(tree, path).catch((error: unknown) => {
        making = undefined;
        throw error;
      });
      return making;
    });
  };
}

/** The same abilities, and none of them does anything: who has no home may still log in elsewhere. */
function refusing(tree: FileTree, error: unknown): FileTree {
  const refuse = () => Promise.reject(error);
  const { write, staged, stagedIn, makeDir, remove, rename, copy, setAttributes, hash, space } = tree;
  return over(tree, {
    stat: refuse,
    // biome-ignore lint/correctness/useYield: there is nothing to list
    list: async function* () {
      throw error;
    },
    open: refuse,
    write: write && refuse,
    staged: staged && refuse,
    stagedIn: stagedIn && refuse,
    makeDir: makeDir && refuse,
    remove: remove && refuse,
    rename: rename && refuse,
    copy: copy && refuse,
    setAttributes: setAttributes && refuse,
    hash: hash && refuse,
    space: space && refuse,
    peek: undefined,
  });
}

async function make(tree: FileTree, path: FilePath): Promise<void> {
  if (!tree.makeDir) return;
  for (let depth = 1; depth <= path.length; depth++) {
    try {
      await tree.makeDir(path.slice(0, depth));
    } catch (error) {
      if (!(error instanceof CsError && error.code === 'CS_EXISTS')) throw error;
    }
  }
}
