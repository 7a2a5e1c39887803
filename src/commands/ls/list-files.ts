import type { Json } from '../../contracts/journal.ts';
import type { CommandContext } from '../command.ts';
import { expand } from '../places/expand.ts';
import { Places } from '../places/open-places.ts';
import { parseOperand } from '../places/operand.ts';
import { createPatience, type Patience } from '../places/patience.ts';
import { child, type FilePlace, type Found } from '../places/place.ts';
import { walk } from '../places/walk.ts';
import { about } from '../places/words.ts';
import type { lsOptions } from './command.ts';
import { columns, fileFacts, ORDERS } from './file-columns.ts';

type Context = CommandContext<typeof lsOptions>;

/** One thing, with the name it is shown by: below the directory that was asked for, or as the operand has it. */
export interface Listed extends Found {
  readonly name: string;
  readonly place: FilePlace;
}

/** Lines are laid out together up to here; a longer listing goes on with the widths of what came before. */
const TOGETHER = 10_000;

export async function listFiles(ctx: Context): Promise<void> {
  using patience = createPatience(ctx.signal, ctx.options.timeout);
  await using places = new Places(ctx as unknown as CommandContext, patience);
  const { format, pick, sort } = ctx.options;
  const single = pick === undefined && (format !== undefined || ctx.ui.json);
  const all: Listed[] = [];
  let count = 0;
  for (const text of ctx.operands) {
    const place = await places.open(parseOperand(text));
    for await (const listed of things(ctx, place, patience)) {
      count += 1;
      if (single && sort === 'none') await item(ctx, listed);
      else all.push(listed);
      if (sort === 'none' && !single && pick === undefined && all.length >= TOGETHER) await flush(ctx, all);
    }
  }
  const order = ORDERS[sort];
  if (order) all.sort(order);
  if (ctx.options.reverse) all.reverse();
  if (single) for (const listed of all) await item(ctx, listed);
  else if (pick !== undefined) await whole(ctx, all);
  else await flush(ctx, all);
  if (count === 0) ctx.ui.note('nothing there');
}

/** A directory stands for what it holds, unless a pattern found it. */
async function* things(ctx: Context, place: FilePlace, patience: Patience): AsyncGenerator<Listed> {
  const { signal, moved: seen } = patience;
  const { operand } = place;
  for await (const found of expand(place, signal, seen)) {
    const itself = { ...found, place, name: place.show(found.path) };
    if (found.facts.kind === 'file') yield itself;
    else if (ctx.options.recursive) yield* below(ctx, place, found, patience);
    else if (operand.patterns.length > 0) yield itself;
    else {
      const entries = place.tree.list(found.path, signal)[Symbol.asyncIterator]();
      for (;;) {
        const next = await about(place, found.path, entries.next());
        if (next.done) break;
        seen();
        yield { place, path: child(found.path, next.value.name), facts: next.value, name: next.value.name };
      }
    }
  }
}

async function* below(ctx: Context, place: FilePlace, found: Found, patience: Patience): AsyncGenerator<Listed> {
  const { signal, moved: seen } = patience;
  const failed = async (path: Found['path'], error: unknown): Promise<void> => {
    if (path === found.path) await about(place, path, Promise.reject(error));
    ctx.ui.warn(`${place.show(path)}: ${error instanceof Error ? error.message : String(error)}`);
  };
  for await (const inner of walk(place, found, { signal, seen, failed, links: true }))
    yield { ...inner, place, name: inner.path.slice(found.path.length).join('/') };
}

async function item(ctx: Context, listed: Listed): Promise<void> {
  await ctx.ui.item({ schema: 'cs.ls/1', ...fileFacts(listed) }, () => '');
}

async function whole(ctx: Context, all: readonly Listed[]): Promise<void> {
  const bytes = all.reduce((sum, { facts }) => sum + facts.size, 0);
  const entries = all.map(fileFacts) as Json;
  await ctx.ui.result({ schema: 'cs.ls/1', count: all.length, bytes, entries }, () => '');
}

/** Empties `lines`. */
async function flush(ctx: Context, lines: Listed[]): Promise<void> {
  if (lines.length === 0) return;
  const shown = lines.splice(0);
  await ctx.ui.item({ schema: 'cs.ls/1', count: shown.length }, (paint) => columns(shown, paint));
}
