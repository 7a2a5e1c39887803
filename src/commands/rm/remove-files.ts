import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import type { FilePath } from '../../kit/file-path.ts';
import type { CommandContext } from '../command.ts';
import { expand } from '../places/expand.ts';
import { Places } from '../places/open-places.ts';
import { parseOperand } from '../places/operand.ts';
import { createPatience, type Patience } from '../places/patience.ts';
import type { FilePlace, Found } from '../places/place.ts';
import { walk } from '../places/walk.ts';
import { about, failureAt } from '../places/words.ts';
import { Ledger } from '../transfers/ledger.ts';
import type { rmOptions } from './command.ts';

type Context = CommandContext<typeof rmOptions>;

interface Doomed extends Found {
  readonly place: FilePlace;
}

/** Names that a question shows. */
const SHOWN = 10;

export async function removeFiles(ctx: Context): Promise<number | undefined> {
  using patience = createPatience(ctx.signal, ctx.options.timeout);
  await using places = new Places(ctx as unknown as CommandContext, patience);
  const { dryRun, pick, format } = ctx.options;
  const ledger = new Ledger(ctx.ui, 'removing', pick === undefined && (ctx.ui.json || format !== undefined));
  try {
    const doomed = await gather(ctx, places, patience);
    if (!dryRun && !(await patience.spare(confirmed(ctx, doomed)))) return 1;
    for (const one of doomed) await removeOne(one, ctx, patience, ledger);
    await ledger.end('cs.rm/1', { dry_run: dryRun });
    return undefined;
  } finally {
    ledger.stop();
  }
}

/** Everything is found before anything goes: a name that is not there removes nothing. */
async function gather(ctx: Context, places: Places, patience: Patience): Promise<readonly Doomed[]> {
  const doomed: Doomed[] = [];
  for (const text of ctx.operands) {
    const place = await places.open(parseOperand(text));
    for await (const found of expand(place, patience.signal, patience.moved)) {
      if (isFull(place, found) && !ctx.options.recursive)
        throw new CsError('CS_IS_DIRECTORY', `${place.show(found.path)} is a directory`, { hint: 'give -r' });
      if (found.path.length === 0) throw new CsError('CS_USAGE', `${text} is the root of a place; name what is in it`);
      doomed.push({ ...found, place });
    }
  }
  return doomed;
}

/** A link goes by itself, whatever it leads to. */
function isFull(place: FilePlace, { path, facts }: Found): boolean {
  return facts.kind === 'directory' && !place.isLink(path);
}

async function confirmed({ options, ui }: Context, doomed: readonly Doomed[]): Promise<boolean> {
  if (options.yes) return true;
  const names = doomed.slice(0, SHOWN).map(({ place, path, facts }) => {
    return `  ${escapeLine(place.show(path))}${isFull(place, { path, facts }) ? '/ and all it holds' : ''}`;
  });
  const more = doomed.length > SHOWN ? [`  and ${doomed.length - SHOWN} more`] : [];
  if (ui.interactive) ui.note([...names, ...more].join('\n'));
  const what = doomed.length === 1 ? 'this' : `these ${doomed.length}`;
  const answer = await ui.ask(`remove ${what}? [y/N]`, { flag: '--yes' });
  if (/^y(es)?$/i.test(answer.trim())) return true;
  ui.note('nothing was removed');
  return false;
}

/** A directory goes when all it held has gone. */
async function removeOne(one: Doomed, ctx: Context, patience: Patience, ledger: Ledger): Promise<void> {
  const { place } = one;
  const { signal, moved: seen } = patience;
  const attempt = async (path: FilePath, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      await ledger.add({ action: 'failed', from: place.show(path), to: null, error: failureAt(error, place, path) });
    }
  };
  const remove = ({ path, facts }: Found): Promise<void> =>
    attempt(path, async () => {
      if (!place.tree.remove) throw new CsError('CS_UNSUPPORTED', `${place.show(path)} is in a place that keeps it`);
      if (!ctx.options.dryRun) await about(place, path, place.tree.remove(path, facts.kind, signal));
      seen();
      await ledger.add({ action: 'removed', from: place.show(path), to: null });
    });
  const failed = (path: FilePath, error: unknown) => attempt(path, () => Promise.reject(error));
  const directories = [one];
  if (!isFull(place, one)) return remove(one);
  for await (const found of walk(place, one, { signal, seen, failed, links: false })) {
    if (found.facts.kind === 'directory') directories.push({ ...found, place });
    else await remove(found);
  }
  for (const directory of directories.reverse()) await remove(directory);
}
