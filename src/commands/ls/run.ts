import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { namesMail } from '../places/open-places.ts';
import type { lsOptions } from './command.ts';

export async function run(ctx: CommandContext<typeof lsOptions>): Promise<void> {
  const { operands } = ctx;
  if (!operands.some(namesMail)) return (await import('./list-files.ts')).listFiles(ctx);
  if (operands.length > 1) throw new CsError('CS_USAGE', 'mailboxes are listed one at a time');
  await (await import('./list-mail.ts')).listMail(ctx);
}
