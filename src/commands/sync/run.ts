import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import { literalPlace } from '../places/literal-place.ts';
import { namesMail } from '../places/open-places.ts';
import { parseOperand } from '../places/operand.ts';
import { type FilePlace, isWithin } from '../places/place.ts';
import { about } from '../places/words.ts';
import { makeDirectory } from '../transfers/copying.ts';
import { statOrNull } from '../transfers/destination.ts';
import { openSession, type Session } from '../transfers/session.ts';
import { optimizeLate } from '../transfers/tiering.ts';
import type { syncOptions } from './command.ts';
import { createFilter } from './filter.ts';
import { Mirror } from './mirror.ts';

type Context = CommandContext<typeof syncOptions>;

export async function run(ctx: Context): Promise<void> {
  const { options, operands } = ctx;
  if (operands.some(namesMail)) return (await import('./mail/run.ts')).syncMail(ctx);
  const filter = createFilter(options.exclude, options.include);
  await using session = openSession(ctx, 'mirroring');
  optimizeLate(session.crew);
  const from = await placeOf(session, operands[0] ?? '');
  const to = await placeOf(session, operands[1] ?? '');
  if (isWithin(from, from.path, to, to.path) || isWithin(to, to.path, from, from.path))
    throw new CsError('CS_USAGE', `${operands[0]} and ${operands[1]} lie in one another`);
  const { kind } = await about(from, from.path, from.tree.stat(from.path, session.rules.signal));
  if (kind === 'file')
    throw new CsError('CS_NOT_DIRECTORY', `${operands[0]} is a file`, { hint: 'cs cp copies files' });
  const there = await targetStands(session, to, options.dryRun);
  await new Mirror(ctx, session, { from, to, filter }).run(there);
  await session.ledger.end('cs.sync/1', { dry_run: options.dryRun });
}

async function placeOf({ places }: Session, text: string): Promise<FilePlace> {
  const { place, path } = await literalPlace(places, parseOperand(text));
  return { ...place, path };
}

/** Whether there is a target already; it is made if there is none. */
async function targetStands({ rules, ledger }: Session, to: FilePlace, dryRun: boolean): Promise<boolean> {
  const facts = await statOrNull(to, to.path, rules.signal);
  if (facts?.kind === 'file') throw new CsError('CS_NOT_DIRECTORY', `${to.show(to.path)} is a file`);
  if (facts) return true;
  if (to.tree.impliesDirectories) return false;
  if (!dryRun) await makeDirectory(to, to.path, rules.signal);
  await ledger.add({ action: 'made', from: null, to: to.show(to.path) });
  return false;
}
