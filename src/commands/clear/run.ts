import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import type { options } from './command.ts';

export async function run(ctx: CommandContext<typeof options>): Promise<void> {
  const [kind = 'mail'] = ctx.operands;
  if (kind !== 'mail')
    throw new CsError('CS_USAGE', `nothing called ${JSON.stringify(kind)} is captured here`, { hint: 'cs clear mail' });
  await using remote = await instance(ctx);
  if (!remote.house) throw new CsError('CS_BUG', 'the instance keeps no mail');
  const removed = await remote.house.clear();
  await ctx.ui.result({ schema: 'cs.clear/1', kind, removed }, () => String(removed));
}
