import type { OpenTree, TreeContext } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { BusyStages } from '../shared/stage.ts';
import { Turns } from '../shared/turns.ts';
import { DiskTree } from './disk-tree.ts';
import { BY_DESCRIPTOR, Root } from './ground.ts';
import type { options } from './options.ts';
import { Staging } from './staging.ts';

export async function open(ctx: TreeContext<typeof options>, byDescriptor = BY_DESCRIPTOR): Promise<OpenTree> {
  const { durability, followSymlinks: follow, staging } = ctx.options;
  if (ctx.root === undefined) throw new CsError('CS_BUG', 'a tree on disk needs a directory');
  const root = new Root(ctx.root, byDescriptor);
  const places = new Staging(staging === 'beside');
  using ground = root.ground();
  await places.clean(ground);
  const manner = { follow, synced: durability === 'disk' };
  return {
    info: { title: ctx.root, durability },
    tree: new DiskTree({ root, manner, staging: places, turns: new Turns(), busy: new BusyStages() }),
    async [Symbol.asyncDispose]() {
      root.held((last) => places.leave(last));
      root[Symbol.dispose]();
    },
  };
}
