import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import { KINDS, kindOf } from '../wait/kind.ts';
import { journalOf } from '../wait/remote-parts.ts';

export async function run(ctx: CommandContext): Promise<void> {
  const kind = kindOf(ctx.operands, 'mark', KINDS);
  await using remote = await instance(ctx);
  const cursor = await journalOf(remote).mark();
  await ctx.ui.result({ schema: 'cs.mark/1', kind, cursor }, () => `${cursor}`);
}
