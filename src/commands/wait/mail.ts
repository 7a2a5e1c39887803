import type { Fact, Journal, Json } from '../../contracts/journal.ts';
import type { MailStore } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration } from '../../kit/units.ts';
import type { CommandContext } from '../command.ts';
import { instance } from '../reach.ts';
import type { mailOptions } from './command.ts';
import { type Content, readContent } from './content.ts';
import { type Criteria, createCriteria, type NearMiss, nearMisses } from './criteria.ts';
import { createExtractor, type Extractor } from './extract.ts';

type Context = CommandContext<typeof mailOptions>;

/** What one pass over the journal knows. */
interface Watch {
  readonly journal: Journal;
  readonly mail: MailStore;
  readonly criteria: Criteria;
  readonly extract: Extractor | undefined;
  readonly misses: NearMiss[];
  arrived: number;
}

interface Match {
  readonly fact: Fact;
  readonly content: () => Promise<Content>;
  readonly extracted: string | undefined;
}

/** The way to the instance stays open a little longer than we wait: the time limit is reported from here. */
const MARGIN = 10_000;

export async function run(ctx: Context): Promise<void> {
  const { options } = ctx;
  if (options.none && options.for === undefined) {
    throw new CsError('CS_USAGE', '--none needs --for: how long nothing may come', { hint: '--none --for 2s' });
  }
  const criteria = createCriteria(options);
  const extract = options.extract === undefined ? undefined : createExtractor(options.extract);
  const began = performance.now();
  const patience = Math.max(options.timeout, options.for ?? 0);
  await using remote = await instance({ ...ctx, options: { ...options, timeout: patience + MARGIN } });
  if (!remote.journal || !remote.house) throw new CsError('CS_BUG', 'the instance has no journal');
  const watch: Watch = {
    journal: remote.journal,
    mail: await remote.house.of('*'),
    criteria,
    extract,
    misses: [],
    arrived: 0,
  };
  const report = async (ok: boolean, message?: string): Promise<void> => {
    if (options.report.length === 0) return;
    const { createReport } = await import('../report/report.ts');
    const out = createReport(options.report, ctx.env);
    out.case({ name: 'cs wait mail', ok, ms: Math.round(performance.now() - began), ...(message ? { message } : {}) });
    await out.finish();
  };
  try {
    await decide(ctx, watch);
    await report(true);
  } catch (error) {
    await report(false, (error as Error).message);
    throw error;
  }
}

async function decide(ctx: Context, watch: Watch): Promise<void> {
  const { options } = ctx;
  if (options.none) return assertNone(ctx, watch);
  if (options.count !== undefined) return assertCount(ctx, watch, options.count);
  for await (const match of matches(ctx, watch, options.timeout)) {
    if (await watch.journal.claim(match.fact.cursor, options.claim)) return print(ctx, match);
    watch.misses.push({ fact: match.fact, reason: 'another wait took it' });
  }
  throw stopped(ctx) ?? timedOut(options.timeout, nearMisses(watch.arrived, watch.misses));
}

function timedOut(ms: number, why: string): CsError {
  return new CsError('CS_TIMEOUT', `nothing matched within ${showDuration(ms)}; ${why}`);
}

/** Ctrl-C is not a time limit. */
function stopped(ctx: Context): CsError | undefined {
  return ctx.signal.aborted ? (ctx.signal.reason as CsError) : undefined;
}

async function assertNone(ctx: Context, watch: Watch): Promise<void> {
  const time = ctx.options.for ?? 0;
  for await (const { fact } of matches(ctx, watch, time)) {
    throw new CsError('CS_ASSERTION', `a message came that should not: ${line(fact)}`);
  }
  const interrupted = stopped(ctx);
  if (interrupted) throw interrupted;
  await ctx.ui.result({ schema: 'cs.wait/1', count: 0 }, () => '');
}

/** With --for: exactly so many in that time. Without: as soon as there are so many, and not more among those stored already. */
async function assertCount(ctx: Context, watch: Watch, count: number): Promise<void> {
  const { options } = ctx;
  const found: Match[] = [];
  const stored = await watch.journal.mark();
  const time = options.for ?? options.timeout;
  const done = new AbortController();
  if (options.for === undefined && found.length === count && stored === 0) done.abort();
  for await (const match of matches(ctx, watch, time, done.signal, (cursor) => {
    if (options.for === undefined && found.length === count && cursor >= stored) done.abort();
  })) {
    found.push(match);
    await watch.journal.claim(match.fact.cursor, options.claim);
    if (found.length > count) break;
    if (options.for === undefined && found.length === count && match.fact.cursor >= stored) break;
  }
  const interrupted = stopped(ctx);
  if (interrupted) throw interrupted;
  if (found.length !== count) {
    const said = `${found.length} message${found.length === 1 ? '' : 's'} matched, not ${count}`;
    if (found.length < count && options.for === undefined) {
      throw new CsError(
        'CS_TIMEOUT',
        `${said}, within ${showDuration(time)}; ${nearMisses(watch.arrived, watch.misses)}`,
      );
    }
    throw new CsError('CS_ASSERTION', said);
  }
  await ctx.ui.result({ schema: 'cs.wait/1', count, ids: found.map(({ fact }) => String(fact.id)) }, () =>
    String(count),
  );
}

/** Every mail that matches, stored ones first, then as they come, until the time is over. Notes the others. */
async function* matches(
  ctx: Context,
  watch: Watch,
  time: number,
  done?: AbortSignal,
  passed?: (cursor: number) => void,
): AsyncGenerator<Match> {
  const signals = [ctx.signal, AbortSignal.timeout(time), ...(done ? [done] : [])];
  const events = passed ? [] : ['mail.stored'];
  for await (const fact of watch.journal.since(ctx.options.after ?? 0, events, AbortSignal.any(signals))) {
    if (fact.event === 'mail.stored') {
      watch.arrived += 1;
      const match = await examine(watch, fact);
      if (match) yield match;
    }
    passed?.(fact.cursor);
  }
}

async function examine(watch: Watch, fact: Fact): Promise<Match | undefined> {
  let read: Promise<Content> | undefined;
  const content = (): Promise<Content> => {
    read ??= readContent(watch.mail, Number(fact.id));
    return read;
  };
  const reason = await watch.criteria.reject(fact, content);
  if (reason !== undefined) {
    watch.misses.push({ fact, reason });
    return undefined;
  }
  const extracted = watch.extract?.(await content());
  if (watch.extract && extracted === undefined) {
    watch.misses.push({ fact, reason: 'it holds nothing to extract' });
    return undefined;
  }
  return { fact, content, extracted };
}

function line(fact: Fact): string {
  const to = Array.isArray(fact.to) ? fact.to.map(String).join(', ') : '';
  return `#${String(fact.id)} from ${escapeLine(String(fact.from), 200)} to ${escapeLine(to, 200)} subject ${JSON.stringify(escapeLine(String(fact.subject ?? ''), 200))}`;
}

async function print(ctx: Context, { fact, content, extracted }: Match): Promise<void> {
  const { ui, options } = ctx;
  const { cursor, ts, event: _event, ...rest } = fact;
  const object = { schema: 'cs.mail/1', cursor, received_at: ts, ...(rest as { readonly [key: string]: Json }) };
  const kind = options.print;
  if (kind === 'raw') return ui.bytes((await content()).raw);
  if (kind === 'text' || kind === 'html') return ui.bytes(`${(await content())[kind]}\n`);
  if (kind === 'json') return ui.bytes(`${JSON.stringify(object)}\n`);
  const text = kind === 'id' ? String(fact.id) : extracted;
  await ui.result(text === undefined ? object : { ...object, extracted: text }, () =>
    text === undefined ? line(fact) : escapeLine(text),
  );
}
