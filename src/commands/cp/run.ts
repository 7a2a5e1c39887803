import type { CommandContext } from '../command.ts';
import { copyAndTell } from '../transfers/copy-and-tell.ts';
import type { cpOptions } from './command.ts';

export function run(ctx: CommandContext<typeof cpOptions>): Promise<void> {
  const { recursive } = ctx.options;
  return copyAndTell(ctx, { verb: 'cp', label: 'copying', sources: ctx.operands.slice(0, -1), recursive, move: false });
}
