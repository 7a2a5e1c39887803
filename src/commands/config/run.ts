import { configSchema } from '../../config/schema.ts';
import type { Json } from '../../contracts/journal.ts';
import { escapeLine } from '../../kit/escape.ts';
import type { Options, Values } from '../../kit/option.ts';
import type { CommandContext } from '../command.ts';
import { configShape } from '../sections.ts';
import { serviceNames } from '../serving/services.ts';
import type { options } from './command.ts';

type Row = { readonly key: string; readonly value: Json; readonly origin: string };

export async function show(ctx: CommandContext<typeof options>): Promise<void> {
  const rows: Row[] = [];
  const add = (key: string, value: unknown): void => {
    rows.push({ key, value: (value ?? null) as Json, origin: ctx.origin(key) });
  };
  const values = ctx.options as Values<Options> as Record<string, unknown>;
  for (const key of Object.keys(configShape().top)) add(key, values[key]);
  for (const [section, inside] of Object.entries(ctx.sections)) {
    for (const [key, value] of Object.entries(inside)) add(`${section}.${key}`, value);
  }
  const object = Object.fromEntries(
    rows.map(({ key, value, origin }) => [key, ctx.options.origin ? { value, origin } : value]),
  );
  await ctx.ui.result({ schema: 'cs.config/1', values: object }, (paint) =>
    rows
      .filter(({ value }) => value !== null && !(Array.isArray(value) && value.length === 0))
      .map(({ key, value, origin }) => {
        const text = escapeLine(typeof value === 'string' ? value : JSON.stringify(value));
        return `${key}: ${text}${ctx.options.origin ? paint.dim(`   # ${origin}`) : ''}`;
      })
      .join('\n'),
  );
}

export async function schema(ctx: CommandContext): Promise<void> {
  await ctx.ui.bytes(`${JSON.stringify(configSchema(configShape(), serviceNames()), null, 2)}\n`);
}
