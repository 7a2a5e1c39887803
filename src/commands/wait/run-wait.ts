import type { Remote } from '../../contracts/services.ts';
import { asCsError } from '../../kit/errors.ts';
import { escapeBlock } from '../../kit/escape.ts';
import type { Options } from '../../kit/option.ts';
import type { WaitOrder } from '../../waiting/waiting.ts';
import type { CommandContext } from '../command.ts';
import { createReport } from '../report/report.ts';
import { instanceAt } from './own-instance.ts';

/** Room beyond the wait itself, to say what arrived. */
const AFTERWARDS = 10_000;

/** `wait` with the instance at hand; how it went is reported, whatever the end. */
export function reported<O extends Options>(
  ctx: CommandContext<O>,
  order: WaitOrder,
  name: string,
  kind: 'request' | 'file',
  wait: (remote: Remote) => Promise<void>,
): Promise<void> {
  return reportedAt(ctx, order, name, (inner) => instanceAt(inner, ctx.operands[0], kind), wait);
}

/** The same with another place at hand. */
export async function reportedAt<O extends Options, P extends AsyncDisposable>(
  ctx: CommandContext<O>,
  order: WaitOrder,
  name: string,
  open: (ctx: CommandContext) => Promise<P>,
  wait: (place: P) => Promise<void>,
): Promise<void> {
  const report = createReport(ctx.options.report, ctx.env);
  const began = performance.now();
  const passed = (): number => Math.round(performance.now() - began);
  try {
    const timeout = Math.max(order.timeout, order.silence ?? 0) + AFTERWARDS;
    await using place = await open({ ...ctx, options: { ...ctx.options, timeout } } as unknown as CommandContext);
    await wait(place);
  } catch (error) {
    report.case({ name, ok: false, ms: passed(), message: asCsError(error).message });
    await report.finish();
    throw error;
  }
  report.case({ name, ok: true, ms: passed() });
  await report.finish();
}

/** `cs wait KIND --to ann`: what the report calls it. */
export function caseName(kind: string, words: Readonly<Record<string, unknown>>, none: boolean): string {
  const written = Object.entries(words).flatMap(([key, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one) => (one === undefined ? [] : [`--${key} ${one}`])),
  );
  return [`cs wait ${kind}`, ...written, ...(none ? ['--none'] : [])].join(' ');
}

/** Data as it is for programs; a terminal or a CI log is not to be steered by it. */
export function forReader({ env }: Pick<CommandContext, 'env'>, text: string): string {
  return process.stdout.isTTY || env.GITHUB_ACTIONS ? escapeBlock(text) : text;
}
