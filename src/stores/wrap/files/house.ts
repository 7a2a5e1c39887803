import type { FileHouse, FileSession, FileTree } from '../../../contracts/files.ts';

/** One layer of what a session may see and change. */
export type FileWrap = (tree: FileTree, session: FileSession) => FileTree;

/** The first wrap is next to the tree, the last one next to the session. */
export function houseOf(tree: FileTree, wraps: readonly FileWrap[]): FileHouse {
  return { of: (session) => wraps.reduce((inner, wrap) => wrap(inner, session), tree) };
}
