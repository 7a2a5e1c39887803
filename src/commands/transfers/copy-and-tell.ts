import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { namesMail } from '../places/open-places.ts';
import { parseOperand } from '../places/operand.ts';
import { copyAll } from './copying.ts';
import type { transferOptions } from './options.ts';
import { openSession } from './session.ts';
import { fromStdin } from './stdio.ts';

export interface CopyVerb {
  readonly verb: string;
  /** For the progress line. */
  readonly label: string;
  readonly sources: readonly string[];
  readonly recursive: boolean;
  readonly move: boolean;
  /** Of messages that come from files into a mailbox. */
  readonly flags?: readonly string[];
}

/** The last operand is the target. */
export async function copyAndTell(ctx: CommandContext<typeof transferOptions>, order: CopyVerb): Promise<void> {
  const target = ctx.operands.at(-1) ?? '';
  if ([...order.sources, target].some(namesMail)) return (await import('./mail/copy-mail.ts')).copyMail(ctx, order);
  const sources = order.sources.map(parseOperand);
  await using session = openSession(ctx, order.label);
  if (sources.some(({ kind }) => kind === 'stdio')) {
    if (sources.length > 1 || order.move) throw new CsError('CS_USAGE', '- stands alone, and is not moved');
    await fromStdin(session, parseOperand(target), process.stdin);
  } else if (target === '-') {
    throw new CsError('CS_USAGE', `cs ${order.verb} writes to no terminal`, { hint: 'cs get URL, cs get -o FILE URL' });
  } else {
    await copyAll(session, { ...order, sources, target: parseOperand(target), dryRun: ctx.options.dryRun });
  }
  await session.ledger.end(`cs.${order.verb}/1`, { dry_run: ctx.options.dryRun });
}
