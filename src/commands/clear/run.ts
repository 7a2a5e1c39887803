import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import { KEPT, kindOf } from '../wait/kind.ts';
import { houseOf } from '../wait/remote-parts.ts';

export async function run(ctx: CommandContext): Promise<void> {
  const kind = kindOf(ctx.operands, 'clear', KEPT);
  const { dryRun } = ctx.options;
  await using remote = await instance(ctx);
  const house = houseOf(remote);
  const cleared = dryRun ? (await (await house.of('*')).list('INBOX')).length : await house.clear();
  const what = `${cleared} message${cleared === 1 ? '' : 's'}`;
  await ctx.ui.result({ schema: 'cs.clear/1', kind, cleared, dry_run: dryRun }, () =>
    dryRun ? `would clear ${what}` : `cleared ${what}`,
  );
}
