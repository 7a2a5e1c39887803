import type { ExchangeResponse } from '../../contracts/exchange.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { isLoopbackHost } from '../../net/target-host.ts';
import type { CommandContext } from '../command.ts';
import { saveCookies } from '../exchange/cookie-file.ts';
import { reachExchange } from '../exchange/reach-exchange.ts';
import { timingsText, wayText } from '../exchange/shown.ts';
import { codeOf, failureOf } from '../exchange/status.ts';
import type { ReportWriter } from '../report/case.ts';
import { contentOf } from './content.ts';
import { type Answer, type Expectation, parseExpectation } from './expect.ts';
import type { options } from './options.ts';
import { requestOf, wordsOf } from './order.ts';
import { answerResult, showContent, wholeBody } from './outcome.ts';

type Ctx = CommandContext<typeof options>;

export async function run(ctx: Ctx): Promise<void> {
  const report = await openReport(ctx);
  const started = performance.now();
  try {
    await request(ctx, report);
  } catch (error) {
    const { message, code } = asCsError(error);
    const ms = performance.now() - started;
    if (code !== 'CS_ASSERTION') report?.case({ name: 'send request', ok: false, ms, message });
    throw error;
  } finally {
    await report?.finish();
  }
}

async function openReport({ options, env }: Ctx): Promise<ReportWriter | undefined> {
  if (options.report.length === 0) return undefined;
  return (await import('../report/report.ts')).createReport(options.report, env);
}

async function request(ctx: Ctx, report: ReportWriter | undefined): Promise<void> {
  const { options, ui } = ctx;
  const expectations = options.expect.map(parseExpectation);
  const words = wordsOf(ctx.operands);
  const content = await contentOf({ items: words.items, ...options });
  const { reached, remote, exchange } = await reachExchange(ctx, words.url);
  await using _remote = remote;
  const { target } = reached;
  const loopback = target.socket !== undefined || isLoopbackHost(target.host);
  const order = { ...words, headers: options.header, content, target, loopback };
  const asked = requestOf({ ...order, raw: options.raw, retry: options.retry });
  if (options.dryRun) return dryRun(ctx, asked.method, target.shown);
  const started = performance.now();
  const response = await exchange.send(asked, reached.context.signal);
  ui.detail(wayText(response));
  const elapsed = (): number => performance.now() - started;
  await judge(ctx, { response, expectations, elapsed, report });
  if (options.cookieJar !== undefined) await saveCookies(exchange, options.cookieJar);
  ui.detail(timingsText(response.timings()));
}

async function dryRun({ ui }: Ctx, method: string, url: string): Promise<void> {
  await ui.result({ schema: 'cs.send_request/1', dry_run: true, method, url }, () => `would send ${method} ${url}`);
}

interface Judged {
  readonly response: ExchangeResponse;
  readonly expectations: readonly Expectation[];
  readonly elapsed: () => number;
  readonly report: ReportWriter | undefined;
}

/** Status, then what was expected, then the result: a failed command leaves stdout empty. */
async function judge(ctx: Ctx, { response, expectations, elapsed, report }: Judged): Promise<void> {
  const { options, ui } = ctx;
  const lenient = options.anyStatus || expectations.some(({ ofStatus }) => ofStatus);
  const code = lenient ? undefined : codeOf(response);
  if (code !== undefined) throw await failureOf(response, code);
  const asObject = ui.json || options.pick !== undefined || options.format !== undefined;
  const held = asObject || expectations.some(({ needsBody }) => needsBody);
  const body = held ? await wholeBody(response) : undefined;
  const answer: Answer = { response, body: body?.toString('utf8') ?? '', ms: elapsed() };
  const found = expectations.map((one) => ({ one, found: one.check(answer) }));
  for (const { one, found: was } of found) {
    const name = `${response.method} ${response.url} ${one.shown}`;
    report?.case({
      name,
      ok: was === undefined,
      ms: answer.ms,
      ...(was === undefined ? {} : { message: `it was ${was}` }),
    });
  }
  const failed = found.filter(({ found: was }) => was !== undefined);
  if (failed.length > 0) {
    if (body === undefined) await response.discard();
    throw unmet(
      failed.map(({ one, found: was }) => `${one.shown}: it was ${was}`),
      response,
      answer.body,
    );
  }
  if (expectations.length === 0) {
    report?.case({ name: `${response.method} ${response.url}`, ok: true, ms: answer.ms });
  }
  if (asObject && body !== undefined) await ui.result(answerResult(ctx, response, body, elapsed()), () => '');
  else await showContent(ctx, response, body);
}

function unmet(lines: readonly string[], { status, method, url }: ExchangeResponse, body: string): CsError {
  const reply = body.slice(0, 500).trim();
  return new CsError('CS_ASSERTION', [`${method} ${url} (${status}) is not as expected`, ...lines].join('\n  '), {
    ...(reply === '' ? {} : { reply }),
  });
}
