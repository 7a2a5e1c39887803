import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { namesMail } from '../places/open-places.ts';
import type { getOptions } from './command.ts';

export async function run(ctx: CommandContext<typeof getOptions>): Promise<void> {
  const { operands } = ctx;
  if (!operands.some(namesMail)) return (await import('./get-files.ts')).getFiles(ctx);
  if (operands.length > 1) throw new CsError('CS_USAGE', 'messages are fetched one at a time');
  await (await import('./get-mail.ts')).getMail(ctx);
}
