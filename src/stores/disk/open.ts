import type { OpenTree, TreeContext } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { DiskTree } from './disk-tree.ts';
import { BY_DESCRIPTOR, Root } from './ground.ts';
import type { options } from './options.ts';

export async function open(ctx: TreeContext<typeof options>, byDescriptor = BY_DESCRIPTOR): Promise<OpenTree> {
  const { durability, followSymlinks: follow, staging } = ctx.options;
  if (ctx.root === undefined) throw new CsError('CS_BUG', 'a tree on disk needs a directory');
  const root = new Root(ctx.root, byDescriptor);
  const ground = root.ground();
  ground[Symbol.dispose]();
  return {
    info: { title: ctx.root, durability },
    tree: new DiskTree(root, { follow, synced: durability === 'disk', beside: staging === 'beside' }),
    async [Symbol.asyncDispose]() {
      root[Symbol.dispose]();
    },
  };
}
