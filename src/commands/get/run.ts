import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { operandScheme, parseOperand } from '../places/operand.ts';
import type { getOptions } from './command.ts';

/** One thing of a web server is what a GET of its URL answers; several are files of a tree. */
function isOnePage({ operands, options }: CommandContext<typeof getOptions>): boolean {
  const [only = '', ...others] = operands;
  if (others.length > 0 || options.recursive || options.segments > 1) return false;
  const scheme = operandScheme(only);
  return (scheme === 'http' || scheme === 'https') && parseOperand(only).patterns.length === 0;
}

export async function run(ctx: CommandContext<typeof getOptions>): Promise<void> {
  const { operands } = ctx;
  if (isOnePage(ctx)) return (await import('./get-page.ts')).getPage(ctx);
  const { namesMail } = await import('../places/open-places.ts');
  if (!operands.some(namesMail)) return (await import('./get-files.ts')).getFiles(ctx);
  if (operands.length > 1) throw new CsError('CS_USAGE', 'messages are fetched one at a time');
  await (await import('./get-mail.ts')).getMail(ctx);
}
