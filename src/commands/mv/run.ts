import type { CommandContext } from '../command.ts';
import { copyAndTell } from '../transfers/copy-and-tell.ts';
import type { mvOptions } from './command.ts';

export function run(ctx: CommandContext<typeof mvOptions>): Promise<void> {
  const sources = ctx.operands.slice(0, -1);
  return copyAndTell(ctx, { verb: 'mv', label: 'moving', sources, recursive: true, move: true });
}
