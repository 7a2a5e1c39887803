import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { operandScheme } from '../places/operand.ts';
import { copyAndTell } from '../transfers/copy-and-tell.ts';
import type { putOptions } from './command.ts';

export async function run(ctx: CommandContext<typeof putOptions>): Promise<void> {
  const { recursive, flag: flags } = ctx.options;
  const target = ctx.operands.at(-1) ?? '';
  if (operandScheme(target) === undefined) {
    throw new CsError('CS_USAGE', `${JSON.stringify(target)} is no URL`, { hint: 'cs cp copies between local paths' });
  }
  const sources = ctx.operands.slice(0, -1);
  await copyAndTell(ctx, { verb: 'put', label: 'uploading', sources, recursive, move: false, flags });
}
