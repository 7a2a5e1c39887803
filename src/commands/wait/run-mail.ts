import type { Json } from '../../contracts/journal.ts';
import type { MailStore } from '../../contracts/mail.ts';
import type { Remote } from '../../contracts/services.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { escapeBlock } from '../../kit/escape.ts';
import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import { createReport } from '../report/report.ts';
import type { mailOptions } from './command.ts';
import { readContent } from './content.ts';
import { MailMatcher } from './mail-match.ts';
import { type MailOrder, type Match, waitForMail } from './mail-wait.ts';
import { houseOf, journalOf } from './remote-parts.ts';

type Context = CommandContext<typeof mailOptions>;

/** Room beyond the wait itself, to say what arrived. */
const AFTERWARDS = 10_000;

export async function run(ctx: Context): Promise<void> {
  const order = orderOf(ctx);
  const report = createReport(ctx.options.report, ctx.env);
  const began = performance.now();
  const name = caseName(ctx);
  try {
    const timeout = Math.max(order.timeout, order.silence ?? 0) + AFTERWARDS;
    await using remote = await instance({ ...ctx, options: { ...ctx.options, timeout } } as CommandContext);
    await waitMail(ctx, order, remote);
  } catch (error) {
    report.case({ name, ok: false, ms: Math.round(performance.now() - began), message: asCsError(error).message });
    await report.finish();
    throw error;
  }
  report.case({ name, ok: true, ms: Math.round(performance.now() - began) });
  await report.finish();
}

function orderOf(ctx: Context): MailOrder {
  const { options, signal } = ctx;
  if (options.none !== (options.for !== undefined)) {
    throw new CsError('CS_USAGE', '--none and --for DUR belong together', { hint: 'cs wait mail --none --for 2s' });
  }
  if (options.none && (options.claim || options.count !== undefined || options.extract !== undefined)) {
    throw new CsError('CS_USAGE', '--none goes with no --claim, --count or --extract');
  }
  return {
    matcher: new MailMatcher(options),
    after: options.after ?? 0,
    claim: options.claim,
    count: options.count,
    silence: options.for,
    timeout: options.timeout,
    signal,
  };
}

/** Waits on any journal, prints what was asked for. */
export async function waitMail(ctx: Context, order: MailOrder, remote: Remote): Promise<void> {
  const mail = await houseOf(remote).of('*');
  const matches = await waitForMail(journalOf(remote), mail, order);
  const { print } = ctx.options;
  const texts = await Promise.all(matches.map((match) => printed(match, print, mail)));
  if (print === 'raw' && !ctx.ui.json) {
    for (const text of texts) await ctx.ui.bytes(text);
    return;
  }
  const result = { schema: 'cs.wait/1', kind: 'mail', matched: matches.length, messages: matches.map(messageJson) };
  await ctx.ui.result(result, () => forReader(ctx, texts.join('\n')));
}

function messageJson({ fact, extracted }: Match): Json {
  const { event: _event, ts, owners: _owners, ...facts } = fact;
  return { ...facts, received_at: ts, extracted: extracted ?? null } as Json;
}

async function printed(
  match: Match,
  print: Context['options']['print'],
  mail: MailStore,
): Promise<string | Uint8Array> {
  const id = String(match.fact.id);
  if (print === 'json') return JSON.stringify(messageJson(match));
  if (print === undefined || print === 'id') return print === undefined ? (match.extracted ?? id) : id;
  const content = await readContent(mail, id);
  return print === 'raw' ? content.raw : content[print];
}

/** Data as it is for programs; a terminal or a CI log is not to be steered by it. */
function forReader({ env }: Context, text: string): string {
  return process.stdout.isTTY || env.GITHUB_ACTIONS ? escapeBlock(text) : text;
}

function caseName({ options }: Context): string {
  const { to, from, subject, body, extract, none } = options;
  const words = Object.entries({ to, from, subject, body, extract }).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key} ${value}`],
  );
  return ['cs wait mail', ...words, ...(none ? ['--none'] : [])].join(' ');
}
