/** What a GET of one URL answers: to stdout as it comes, or to a file that is there when it is whole. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ExchangeResponse, FieldLines } from '../../contracts/exchange.ts';
import { CsError } from '../../kit/errors.ts';
import { isLoopbackHost } from '../../net/target-host.ts';
import type { CommandContext } from '../command.ts';
import { headerLine } from '../exchange/header-line.ts';
import { reachExchange } from '../exchange/reach-exchange.ts';
import { codeOf, failureOf } from '../exchange/status.ts';
import { createPatience } from '../places/patience.ts';
import type { getOptions } from './command.ts';
import { type Fetching, received } from './fetching.ts';

type Context = CommandContext<typeof getOptions>;

/** As long as a timer goes. */
const UNLIMITED = 2 ** 31 - 1;
/** Octets per second below which nothing moves (trust.md section 2). */
const SLOWEST = 500;

export async function getPage(ctx: Context): Promise<void> {
  const { options, ui } = ctx;
  const [url = ''] = ctx.operands;
  const checksum = options.checksum === undefined ? undefined : await checksumOf(options.checksum);
  using patience = createPatience(ctx.signal, options.timeout);
  const patient = { ...ctx, signal: patience.signal, options: { ...options, timeout: UNLIMITED } };
  const { reached, remote, exchange } = await reachExchange(patient as unknown as CommandContext, url);
  await using _remote = remote;
  const { target, context } = reached;
  const written = headersOf(options.header, target.socket !== undefined || isLoopbackHost(target.host));
  const enough = (options.timeout / 1000) * SLOWEST;
  let since = 0;
  const fetching: Fetching = {
    ctx,
    checksum,
    pace: options.limitRate === undefined ? undefined : await paceOf(options.limitRate, patience.signal),
    ask: async (more = []) => {
      const headers = [...written, ...more];
      const response = await exchange.send({ method: 'GET', headers, raw: true, retry: options.retry }, context.signal);
      patience.moved();
      if (ui.verbose > 0) ui.detail((await shown()).wayText(response));
      return response;
    },
    moved: (octets) => {
      since += octets;
      if (since < enough) return;
      since = 0;
      patience.moved();
    },
  };
  if (options.dryRun) return ui.result(dry(target.shown), () => `would fetch ${target.shown}`);
  const { output } = options;
  const there = output === undefined || output === '-' ? undefined : await stat(output).catch(() => undefined);
  // A device or a pipe takes octets as they come; nothing may take its place.
  const straight = output === undefined || output === '-' || (there && !there.isFile() && !there.isDirectory());
  const last = await (straight ? toStdout(fetching) : toFile(fetching, output, there));
  if (ui.verbose > 0) ui.detail((await shown()).timingsText(last.timings()));
  if (options.cookieJar !== undefined) {
    await (await import('../exchange/cookie-file.ts')).saveCookies(exchange, options.cookieJar);
  }
}

// Loaded where they are asked for: one page is to cost no more than it must.
const shown = () => import('../exchange/shown.ts');
const checksumOf = async (text: string) => (await import('./checksum.ts')).parseChecksum(text);
const paceOf = async (rate: number, signal: AbortSignal) =>
  (await import('../transfers/pace.ts')).createPace(rate, signal);

function dry(url: string) {
  return { schema: 'cs.get/1', dry_run: true, url };
}

function headersOf(written: readonly string[], loopback: boolean): FieldLines {
  return written.map((text) => {
    const at = text.indexOf(':');
    if (at === -1) throw new CsError('CS_INPUT', 'a header without a colon', { hint: "--header 'Name: value'" });
    return headerLine(text.slice(0, at), text.slice(at + 1), loopback);
  });
}

async function toStdout(fetching: Fetching): Promise<ExchangeResponse> {
  const { ctx, checksum } = fetching;
  const response = await fetching.ask();
  const code = codeOf(response);
  if (code !== undefined) throw await failureOf(response, code);
  const { json, pick, format } = ctx.options;
  if (json !== undefined || pick !== undefined || format !== undefined) {
    const { pageObject } = await import('./page-object.ts');
    await ctx.ui.result(await pageObject(fetching, response), () => '');
    return response;
  }
  for await (const chunk of received(fetching, response)) {
    checksum?.update(chunk);
    await ctx.ui.bytes(chunk);
  }
  checksum?.check(response.url);
  return response;
}

async function toFile(fetching: Fetching, file: string, there: Stats | undefined): Promise<ExchangeResponse> {
  const { ctx } = fetching;
  const { noClobber, update } = ctx.options;
  ctx.ui.keepOutput();
  if (there?.isDirectory())
    throw new CsError('CS_IS_DIRECTORY', `${file} is a directory`, { hint: '-o DIRECTORY/NAME' });
  if (there && noClobber)
    throw new CsError('CS_EXISTS', `${file} is there already`, { hint: 'leave --no-clobber out' });
  const newer: FieldLines = there && update ? [['If-Modified-Since', there.mtime.toUTCString()]] : [];
  const { download } = await import('./download.ts');
  const { response, size, skipped } = await download(fetching, file, newer);
  if (ctx.ui.json || ctx.options.pick !== undefined || ctx.options.format !== undefined) {
    const { pageFacts } = await import('./page-object.ts');
    await ctx.ui.result({ ...pageFacts(response), file, size, skipped }, () => '');
  } else if (skipped) ctx.ui.note(`${file} is not older`);
  return response;
}
