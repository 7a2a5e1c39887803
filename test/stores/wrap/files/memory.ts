import type { FileTree } from '../../../../src/contracts/files.ts';
import { defaults } from '../../../../src/kit/option.ts';
import { memoryTree } from '../../../../src/stores/memory-tree/tree.ts';

/** An empty tree in memory. */
export async function emptyTree(): Promise<FileTree> {
  const { open } = await memoryTree.open();
  return (await open({ root: undefined, options: defaults(memoryTree.options), log: () => {} })).tree;
}

export function session(user = '', conn = 'c1') {
  return { user, server: 'ftp', conn };
}
