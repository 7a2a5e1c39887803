import type { OpenTree, TreeContext } from '../../contracts/store.ts';
import { fill } from './fill.ts';
import { MemoryTree } from './memory-tree.ts';
import type { options } from './options.ts';
import { Room } from './room.ts';

export async function open(ctx: TreeContext<typeof options>): Promise<OpenTree> {
  const tree = new MemoryTree(new Room(ctx.options.bytes));
  if (ctx.root !== undefined) await fill(tree, ctx.root, ctx.options.dotfiles);
  return {
    info: { title: ctx.root === undefined ? 'in memory' : `a copy of ${ctx.root} in memory`, durability: 'none' },
    tree,
    async [Symbol.asyncDispose]() {},
  };
}
