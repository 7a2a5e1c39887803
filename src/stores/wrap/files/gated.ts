import type { FileTree } from '../../../contracts/files.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import { over } from './over.ts';

/** What is about to be done with a path. */
export type Verb = 'look' | 'list' | 'read' | 'write' | 'makeDir' | 'remove' | 'rename' | 'setAttributes';

/** A tree that asks before each call; `check` throws what the caller is to get. */
export function gated(tree: FileTree, check: (verb: Verb, path: FilePath) => void): FileTree {
  const { write, staged, stagedIn, makeDir, remove, rename, copy, setAttributes, hash, peek } = tree;
  return over(tree, {
    stat: async (path, signal) => {
      check('look', path);
      return tree.stat(path, signal);
    },
    list: async function* (path, signal) {
      check('list', path);
      for await (const entry of tree.list(path, signal)) {
        if (allowed(check, 'look', [...path, entry.name])) yield entry;
      }
    },
    open: async (path, signal, known) => {
      check('read', path);
      return tree.open(path, signal, known);
    },
    write:
      write &&
      (async (path, order, signal) => {
        check('write', path);
        return write.call(tree, path, order, signal);
      }),
    staged:
      staged &&
      // Asked by who only looks, too: nothing is kept for those who may not write.
      (async (path, stage) => (allowed(check, 'write', path) ? staged.call(tree, path, stage) : undefined)),
    stagedIn:
      stagedIn &&
      (async (path) => {
        const found = await stagedIn.call(tree, path);
        return found.filter(({ name }) => allowed(check, 'write', [...path, name]));
      }),
    makeDir:
      makeDir &&
      (async (path, signal) => {
        check('makeDir', path);
        return makeDir.call(tree, path, signal);
      }),
    remove:
      remove &&
      (async (path, kind, signal) => {
        check('remove', path);
        return remove.call(tree, path, kind, signal);
      }),
    rename:
      rename &&
      (async (from, to, how, signal) => {
        check('rename', from);
        check('write', to);
        return rename.call(tree, from, to, how, signal);
      }),
    copy:
      copy &&
      (async (from, to, how, signal) => {
        check('read', from);
        check('write', to);
        return copy.call(tree, from, to, how, signal);
      }),
    setAttributes:
      setAttributes &&
      (async (path, attributes, signal) => {
        check('setAttributes', path);
        return setAttributes.call(tree, path, attributes, signal);
      }),
    hash:
      hash &&
      (async (path, name, range, signal) => {
        check('read', path);
        return hash.call(tree, path, name, range, signal);
      }),
    peek: peek && ((path) => (allowed(check, 'read', path) ? peek.call(tree, path) : undefined)),
  });
}

function allowed(check: (verb: Verb, path: FilePath) => void, verb: Verb, path: FilePath): boolean {
  try {
    check(verb, path);
    return true;
  } catch {
    return false;
  }
}
