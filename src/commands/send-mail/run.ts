import { setMaxListeners } from 'node:events';
import type { Dial } from '../../contracts/protocol.ts';
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import type { CommandContext } from '../command.ts';
import type { Reached } from '../reach.ts';
import { type Composed, compose } from './compose.ts';
import { Sender } from './deliver.ts';
import { sendMany } from './load.ts';
import { conversationKeys, type options } from './options.ts';
import { loadLine, loadResult, sentLine, sentResult, stoppedLine, stoppedResult } from './outcome.ts';
import { behindProxy, endpoint, hinted, reachMail, whereTo } from './where.ts';

type Ctx = CommandContext<typeof options>;

const PARTIAL = 12;

export async function run(ctx: Ctx): Promise<number> {
  const composed = await compose(ctx.options);
  if (ctx.options.proxySource !== undefined) endpoint(ctx.options.proxySource);
  const place = await whereTo(ctx, ctx.operands[0]);
  const reached = await reachMail(ctx, place, conversationKeys);
  if (ctx.options.dryRun) return dryRun(ctx, composed, reached);
  const dial = dialFor(ctx, reached.dial);
  const connect = async (): Promise<Remote> => {
    const remote = await reached.client.connect(dial, reached.context).catch(async (error: unknown) => {
      throw await hinted(error, place);
    });
    tellCleartext(ctx, reached, remote);
    return remote;
  };
  if (ctx.options.repeat > 1) return many(ctx, composed, reached, connect);
  return one(ctx, composed, reached, connect);
}

function dialFor({ options }: Ctx, dial: Dial): Dial {
  const { proxyHeader, proxySource } = options;
  if (proxyHeader === undefined && proxySource !== undefined) {
    throw new CsError('CS_USAGE', '--proxy-source needs --proxy-header v1 or v2');
  }
  return proxyHeader === undefined ? dial : behindProxy(dial, proxyHeader, proxySource);
}

/** Opportunistic TLS is never silent; on this machine it is said with -v. */
function tellCleartext({ ui, options }: Ctx, { target }: Reached, remote: Remote): void {
  const facts = remote.facts?.() ?? {};
  if (target.tls !== 'starttls' || facts.stopped_after !== undefined) return;
  const how = facts.tls === null ? 'not encrypted: the server offers no STARTTLS' : 'encrypted by STARTTLS';
  const text = `${target.shown}: ${how}`;
  if (facts.loopback === true || options.quiet) ui.detail(text);
  else ui.note(text);
}

async function one(ctx: Ctx, composed: Composed, reached: Reached, connect: () => Promise<Remote>): Promise<number> {
  const server = reached.target.shown;
  const { envelope } = composed;
  await using sender = new Sender(connect);
  const facts = async () => (await sender.ready()).facts?.() ?? {};
  const stopping = (reached.context.options as Record<string, unknown>).quitAfter !== undefined;
  if (stopping && !(await sender.ready()).delivery) {
    await ctx.ui.result(stoppedResult(server, await facts(), envelope, []), stoppedLine(server, await facts(), []));
    return 0;
  }
  const message = composed.next();
  const sent = await sender.send({ envelope, message, retry: ctx.options.retry, signal: reached.context.signal });
  const { results } = sent.receipt;
  const said = sender.remote?.facts?.() ?? {};
  if (said.stopped_after !== undefined) {
    await ctx.ui.result(stoppedResult(server, said, envelope, results), stoppedLine(server, said, results));
  } else await ctx.ui.result(sentResult(server, said, envelope, sent), sentLine(server, sent));
  return results.every(({ accepted }) => accepted) ? 0 : PARTIAL;
}

async function many(ctx: Ctx, composed: Composed, reached: Reached, connect: () => Promise<Remote>): Promise<number> {
  const { repeat, concurrency, retry } = ctx.options;
  const bar = ctx.ui.progress('sending');
  // Every connection listens to it.
  setMaxListeners(0, reached.context.signal);
  const load = await sendMany({
    ...{ connect, composed, repeat, concurrency, retry },
    signal: reached.context.signal,
    progress: (done) => bar.update(done * composed.envelope.size!, repeat * composed.envelope.size!),
  }).finally(() => bar.end());
  const [first] = load.failures;
  if (load.sent === 0 && first) throw first;
  if (reached.context.signal.aborted) throw reached.context.signal.reason;
  const server = reached.target.shown;
  await ctx.ui.result(loadResult(server, composed.envelope, load), loadLine(server, load));
  return load.failures.length === 0 && load.partial === 0 ? 0 : PARTIAL;
}

/** The message as it would be sent, byte for byte; with --json beside its envelope. */
async function dryRun(ctx: Ctx, { envelope, next }: Composed, { target }: Reached): Promise<number> {
  const { bytes, messageId } = next();
  if (!ctx.ui.json) {
    await ctx.ui.bytes(bytes);
    return 0;
  }
  const text = Buffer.from(bytes).toString('utf8');
  await ctx.ui.result(
    {
      schema: 'cs.send_mail/1',
      dry_run: true,
      server: target.shown,
      message_id: messageId ?? null,
      size: bytes.length,
      envelope: { from: envelope.from, to: envelope.to.map(({ address }) => address) },
      message: text,
    },
    () => text,
  );
  return 0;
}
