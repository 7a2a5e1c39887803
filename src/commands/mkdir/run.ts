import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { CommandContext } from '../command.ts';
import { literalPlace } from '../places/literal-place.ts';
import { openMailEnd } from '../places/mail-end.ts';
import { namesMail, Places } from '../places/open-places.ts';
import { parseOperand } from '../places/operand.ts';
import { createPatience } from '../places/patience.ts';
import type { FilePlace } from '../places/place.ts';
import { makeDirectory } from '../transfers/copying.ts';
import type { mkdirOptions } from './command.ts';

export async function run(ctx: CommandContext<typeof mkdirOptions>): Promise<void> {
  using patience = createPatience(ctx.signal, ctx.options.timeout);
  await using places = new Places(ctx as unknown as CommandContext, patience);
  for (const text of ctx.operands) {
    if (namesMail(text)) {
      await makeMailbox(ctx, text);
      continue;
    }
    const { place, path } = await literalPlace(places, parseOperand(text));
    const made = await make(ctx, place, path, patience.signal);
    const result = { schema: 'cs.mkdir/1', place: place.show(path), made, dry_run: ctx.options.dryRun };
    await ctx.ui.item(result, () => '');
  }
}

/** How many were made. */
async function make(
  { options }: CommandContext<typeof mkdirOptions>,
  place: FilePlace,
  path: FilePath,
  signal: AbortSignal,
): Promise<number> {
  if (options.dryRun) return 0;
  const depths = options.parents ? path.map((_, at) => at + 1) : [path.length];
  let made = 0;
  for (const depth of depths) {
    const step = path.slice(0, depth);
    if (await stands(place, step, options.parents && depth < path.length, signal)) continue;
    if (await makeDirectory(place, step, signal).catch((error) => aboveMissing(error, place, path))) made += 1;
    else if (!options.parents) throw new CsError('CS_EXISTS', `${place.show(step)} is there already`);
  }
  return made;
}

/** Of a new directory only those above it can be missing. */
function aboveMissing(error: unknown, place: FilePlace, path: FilePath): never {
  if (!(error instanceof CsError && error.code === 'CS_NOT_FOUND' && path.length > 1)) throw error;
  const { reply, exit } = error;
  const words = `${place.show(path.slice(0, -1))} is not there`;
  throw new CsError('CS_NOT_FOUND', words, { ...(reply === undefined ? {} : { reply }), hint: 'give -p', exit });
}

/** Directories above may stand where this account may not make any. */
async function stands(place: FilePlace, path: FilePath, ask: boolean, signal: AbortSignal): Promise<boolean> {
  if (!ask) return false;
  const facts = await place.tree.stat(path, signal).catch(() => undefined);
  return facts?.kind === 'directory';
}

/** A mailbox; with -p those above it come with it, as servers have it anyway. */
async function makeMailbox(ctx: CommandContext<typeof mkdirOptions>, text: string): Promise<void> {
  await using end = await openMailEnd(ctx as unknown as CommandContext, text);
  const { mail, mailbox, shown } = end;
  if (mailbox === undefined) throw new CsError('CS_USAGE', `${shown} names no mailbox`);
  if (!mail.create) throw new CsError('CS_UNSUPPORTED', `${shown} makes no mailboxes`);
  const there = (await mail.mailboxes()).some(({ name }) => name === mailbox);
  if (there && !ctx.options.parents) throw new CsError('CS_EXISTS', `${shown} is there already`);
  const { dryRun } = ctx.options;
  const makes = !there && !dryRun;
  if (makes) await mail.create(mailbox, {});
  await ctx.ui.item({ schema: 'cs.mkdir/1', place: shown, made: makes ? 1 : 0, dry_run: dryRun }, () => '');
}
