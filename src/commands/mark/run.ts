import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import type { options } from './command.ts';

export async function run(ctx: CommandContext<typeof options>): Promise<void> {
  await using remote = await instance(ctx);
  if (!remote.journal) throw new CsError('CS_BUG', 'the instance has no journal');
  const cursor = await remote.journal.mark();
  await ctx.ui.result({ schema: 'cs.mark/1', cursor }, () => String(cursor));
}
