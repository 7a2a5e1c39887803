import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { namesMail } from '../places/open-places.ts';
import type { rmOptions } from './command.ts';

export async function run(ctx: CommandContext<typeof rmOptions>): Promise<number | undefined> {
  if (namesMail(ctx.operands[0] ?? '')) return (await import('./remove-mail.ts')).removeMail(ctx);
  if (ctx.options.all) throw new CsError('CS_USAGE', '--all is for mailboxes', { hint: 'give -r for directories' });
  return (await import('./remove-files.ts')).removeFiles(ctx);
}
