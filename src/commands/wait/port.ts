/** Nobody tells us when a port opens: this is the one wait that asks again and again. */
import { connect } from 'node:net';
import { CsError } from '../../kit/errors.ts';
import { showDuration } from '../../kit/units.ts';
import { parseHostPort } from '../../net/target-host.ts';
import type { CommandContext } from '../command.ts';
import type { portOptions } from './command.ts';

const EVERY = 50;
const ONE_TRY = 2000;

function accepts(host: string, port: number, time: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: true, timeout: time });
    const end = (fine: boolean) => (): void => {
      socket.destroy();
      resolve(fine);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function run(ctx: CommandContext<typeof portOptions>): Promise<void> {
  const { timeout, thenStable = 0 } = ctx.options;
  const [written = ''] = ctx.operands;
  const { host, port } = parseHostPort(written);
  if (!(port > 0)) throw new CsError('CS_USAGE', `not HOST:PORT: ${JSON.stringify(written)}`);
  const began = performance.now();
  const left = (): number => began + timeout - performance.now();
  let since: number | undefined;
  let tries = 0;
  while (left() > 0) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    tries += 1;
    const fine = await accepts(host, port, Math.min(ONE_TRY, Math.max(1, left())));
    const now = performance.now();
    since = fine ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= thenStable) {
      const waited = Math.round(now - began);
      return ctx.ui.result({ schema: 'cs.wait_port/1', host, port, waited_ms: waited, tries }, () => '');
    }
    await pause(Math.max(0, Math.min(EVERY, left())));
  }
  throw new CsError(
    'CS_TIMEOUT',
    `${written} did not ${thenStable > 0 ? 'stay open' : 'accept a connection'} within ${showDuration(timeout)} (${tries} tries)`,
  );
}
