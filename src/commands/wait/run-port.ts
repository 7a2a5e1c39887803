import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asCsError, CsError } from '../../kit/errors.ts';
import { showDuration } from '../../kit/units.ts';
import type { CommandContext } from '../command.ts';
import { createReport } from '../report/report.ts';
import type { portOptions } from './command.ts';

type Context = CommandContext<typeof portOptions>;

interface Address {
  readonly host: string;
  readonly port: number;
}

const PAUSE = 50;
/** One attempt; a host that drops packets would answer never. */
const ATTEMPT = 2000;

export async function run(ctx: Context): Promise<void> {
  const address = parseAddress(ctx.operands);
  const report = createReport(ctx.options.report, ctx.env);
  const began = performance.now();
  const name = `cs wait port ${ctx.operands[0]}`;
  const passed = (): number => Math.round(performance.now() - began);
  try {
    const attempts = await untilStable(ctx, address, began);
    const result = { schema: 'cs.wait/1', kind: 'port', ...address, attempts, waited_ms: passed() };
    await ctx.ui.result(result, () => '');
  } catch (error) {
    report.case({ name, ok: false, ms: passed(), message: asCsError(error).message });
    await report.finish();
    throw error;
  }
  report.case({ name, ok: true, ms: passed() });
  await report.finish();
}

function parseAddress(operands: readonly string[]): Address {
  const [text = ''] = operands;
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new CsError('CS_USAGE', `not HOST:PORT: ${JSON.stringify(text)}`, {
      hint: 'cs wait port 127.0.0.1:5432',
    });
  }
  return { host, port };
}

/** Resolves to the number of attempts once the port has accepted for as long as `--then-stable` says. */
async function untilStable({ options, signal }: Context, address: Address, began: number): Promise<number> {
  const stable = options.thenStable ?? 0;
  const family = options.ipv4 ? 4 : options.ipv6 ? 6 : 0;
  let since: number | undefined;
  let why = '';
  for (let attempts = 1; ; attempts++) {
    const refusal = await attempt({ ...address, family }, signal);
    if (signal.aborted) throw signal.reason;
    const now = performance.now();
    if (refusal === undefined) since ??= now;
    else [since, why] = [undefined, refusal];
    if (since !== undefined && now - since >= stable) return attempts;
    if (now - began >= options.timeout)
      throw timedOut(address, options.timeout, since === undefined ? why : 'not stable yet');
    await sleep(PAUSE, undefined, { signal }).catch(() => {});
  }
}

function timedOut({ host, port }: Address, timeout: number, why: string): CsError {
  const shown = host.includes(':') ? `[${host}]` : host;
  return new CsError('CS_TIMEOUT', `${shown}:${port} did not accept within ${showDuration(timeout)} (${why})`);
}

/** Why nobody answered; undefined when somebody did. */
function attempt(where: Address & { family: number }, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...where, autoSelectFamily: where.family === 0 });
    const finish = (why?: string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(why);
    };
    const stop = (): void => finish('stopped');
    const timer = setTimeout(() => finish('no answer'), ATTEMPT);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => finish());
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}
