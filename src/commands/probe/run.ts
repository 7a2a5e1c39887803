import type { Json } from '../../contracts/journal.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import type { Paint } from '../../ui/ui.ts';
import type { CommandContext } from '../command.ts';
import { reach } from '../reach.ts';

type Facts = { readonly [key: string]: Json };

export async function run(ctx: CommandContext): Promise<void> {
  const started = performance.now();
  const [url = ''] = ctx.operands;
  const report = await openReport(ctx);
  try {
    const result = await probe(ctx, url);
    report?.case({ name: `probe ${result.url}`, ok: true, ms: performance.now() - started });
    await ctx.ui.result(result, (paint) => table(result, paint));
  } catch (error) {
    const { message } = asCsError(error);
    report?.case({ name: `probe ${url}`, ok: false, ms: performance.now() - started, message });
    throw error;
  } finally {
    await report?.finish();
  }
}

async function openReport({ options, env }: CommandContext) {
  if (options.report.length === 0) return undefined;
  return (await import('../report/report.ts')).createReport(options.report, env);
}

async function probe(ctx: CommandContext, url: string) {
  const { client, dial, context, protocol, target } = await reach(ctx, url, 'argv');
  if (!client.probe) throw new CsError('CS_USAGE', `${protocol.title} cannot be probed`);
  const facts: Facts = await client.probe(dial, context);
  return { schema: 'cs.probe/1', url: target.shown, protocol: protocol.name, ...facts };
}

/** One fact a line; what is nested is named by its path; lists stand below one another. */
function table({ schema: _, ...facts }: Facts, paint: Paint): string {
  const rows = [...flat(facts, '')];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${paint.dim(name.padEnd(width))}  ${value}`).join('\n');
}

function* flat(facts: Facts, prefix: string): Generator<readonly [string, string]> {
  for (const [key, value] of Object.entries(facts)) {
    const name = `${prefix}${key.replaceAll('_', ' ')}`;
    if (Array.isArray(value)) {
      if (value.length === 0) yield [name, 'none'];
      for (const [at, item] of value.entries()) yield [at === 0 ? name : '', shown(item)];
    } else if (value !== null && typeof value === 'object') yield* flat(value as Facts, `${name} `);
    else yield [name, shown(value)];
  }
}

function shown(value: Json): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return escapeLine(typeof value === 'string' ? value : JSON.stringify(value));
}
