/** Mail that leaves: where to, for whom, and by which way (`--relay`, `--deliver`). The only wiring of the queue. */

import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Accounts } from '../../contracts/accounts.ts';
import type { Delivery } from '../../contracts/delivery.ts';
import type { ClientEnd, Target } from '../../contracts/protocol.ts';
import type { Remote } from '../../contracts/services.ts';
import type { OpenStore } from '../../contracts/store.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { nameGlob } from '../../kit/glob.ts';
import type { MailNames } from '../../kit/mail-names.ts';
import { defaults } from '../../kit/option.ts';
import { Secret } from '../../kit/secret.ts';
import { createDial, type DialOptions } from '../../net/dial.ts';
import { protocols } from '../../registry.ts';
import type { Connect } from '../../relay/conversation.ts';
import { Relay } from '../../relay/relay.ts';
import { type Hop, mxRoute, smarthostRoute } from '../../relay/route.ts';
import { outbound } from '../../stores/wrap/outbound.ts';
import { schemes } from '../reach.ts';
import { serverName } from './doors.ts';
import { leavingSigned } from './leaving-signed.ts';
import { noRelease } from './no-release.ts';
import { servedDelivery } from './open-store.ts';
import type { ServingContext } from './start.ts';

export interface ServedRelay {
  /** Mail for here, and mail that leaves. */
  readonly delivery: Delivery;
  /** Only mail that leaves. */
  readonly release: Delivery;
  /** Something may be due. */
  wake(): void;
  stop(): Promise<void>;
}

const LONGEST_PAUSE = 4 * 3_600_000;

/** Throws `CS_USAGE` for a way without an allowed destination, and the other way round. */
export async function openRelay(
  ctx: ServingContext,
  store: OpenStore,
  accounts: Accounts,
  names: MailNames | undefined,
): Promise<ServedRelay> {
  const { options, ui } = ctx;
  checkOptions(ctx);
  const smtp = protocols.find(({ name }) => name === 'smtp');
  const { client } = await smtp!.client!();
  const hostname = serverName();
  const clientOptions = { ...defaults(smtp!.clientOptions), helo: hostname };
  const target = options.relay === undefined ? undefined : await smarthost(ctx, options.relay);
  const route =
    target === undefined
      ? mxRoute({ names: await exchangers(names), own: new Set([hostname.toLowerCase(), 'localhost']) })
      : smarthostRoute({ host: target.host, address: target.host, port: target.port });
  const way = { client, options: clientOptions, ctx };
  const connect: Connect = target === undefined ? exchanges(way) : (_, signal) => converse(way, target, {}, signal);
  const sign = await leavingSigned(ctx);
  const step = options.relayTimeout;
  let relay: Relay | undefined;
  const wishes = {
    accounts,
    spool: store.spool,
    journal: store.journal,
    allowed: allowedBy(options.relayAllow),
    hostname,
    queued: () => relay?.wake(),
  };
  const delivery = outbound(servedDelivery(store, accounts, options), wishes);
  // What is let go is here already: no copy of it is kept, whoever may log in.
  const owner = accounts.owner.bind(accounts);
  const release = outbound(noRelease('the recipient is not in --relay-allow'), {
    ...wishes,
    accounts: { mode: 'required', owner },
  });
  relay = new Relay({
    spool: store.spool,
    route,
    connect,
    sign,
    reports: delivery,
    journal: store.journal,
    log: ui.log,
    settings: {
      connections: options.relayConnections,
      connectionsPerDomain: target === undefined ? options.relayPerDomain : options.relayConnections,
      rate: options.relayRate,
      schedule: {
        first: options.queueRetry,
        longest: Math.max(LONGEST_PAUSE, options.queueRetry),
        warning: options.queueWarn,
        lifetime: options.queueLifetime,
      },
      times: { connect: step, command: step, data: step, final: 2 * step },
      hostname,
    },
  });
  relay.start();
  return { delivery, release, wake: () => relay.wake(), stop: () => relay.stop(options.grace) };
}

function checkOptions({ options }: ServingContext): void {
  const { relay, deliver, relayAllow } = options;
  if (relay !== undefined && deliver) {
    throw new CsError('CS_USAGE', '--relay and --deliver are two ways for the same mail', { hint: 'leave one out' });
  }
  if (relay === undefined && !deliver) {
    const why =
      relayAllow.length === 0 ? '--dkim-key signs mail that leaves' : '--relay-allow says for whom mail may leave';
    throw new CsError('CS_USAGE', `${why}, and nothing says which way`, {
      hint: '--relay URL, or --deliver',
    });
  }
  if (relayAllow.length === 0) {
    throw new CsError('CS_UNSAFE', 'mail may leave, and nothing says for whom', {
      hint: "--relay-allow example.test, or --relay-allow '*' for everybody",
    });
  }
}

/** `example.test` is the domain; with an `@` it is a pattern of whole addresses; `*` is everybody. */
function allowedBy(patterns: readonly string[]): (address: string) => boolean {
  const globs = patterns.map((pattern) =>
    nameGlob((pattern.includes('@') || pattern === '*' ? pattern : `*@${pattern}`).toLowerCase()),
  );
  return (address) => globs.some((glob) => glob.matches(address.toLowerCase()));
}

async function smarthost({ options, origin }: ServingContext, url: string): Promise<Target> {
  const { parseTarget } = await import('../../net/target.ts');
  const where = origin('relay');
  const from = where === 'flag' ? 'argv' : where.startsWith('env') ? 'env' : 'config';
  const target = parseTarget(url, schemes(), { from });
  if (!/^(?:smtps?|submissions?|lmtp)$/.test(target.scheme)) {
    throw new CsError('CS_USAGE', `mail is handed on by SMTP: ${target.shown}`, { hint: 'smtp+starttls://HOST:587' });
  }
  const { relayPasswordFile: file } = options;
  if (file === undefined) return target;
  try {
    return { ...target, password: new Secret((await readFile(file, 'utf8')).replace(/\r?\n$/, '')) };
  } catch (error) {
    throw new CsError('CS_INPUT', `cannot read --relay-password-file: ${asCsError(error).message}`, { cause: error });
  }
}

/** Who asked for `--deliver` asked for MX records too. */
async function exchangers(names: MailNames | undefined): Promise<MailNames> {
  return names ?? (await import('../../net/name-server.ts')).askNameServer();
}

interface Way {
  readonly client: ClientEnd;
  readonly options: Readonly<Record<string, unknown>>;
  readonly ctx: ServingContext;
}

async function converse(
  { client, options, ctx }: Way,
  target: Target,
  more: Partial<DialOptions>,
  signal: AbortSignal,
): Promise<Remote> {
  const { log } = ctx.ui;
  const dial = createDial({ signal, timeout: ctx.options.relayTimeout, env: ctx.env, log, ...more });
  return client.connect(dial, { target, options, log, signal });
}

/** TLS where it is offered, whoever has the key: better than none, and said in the log (RFC 7435). */
function exchanges(way: Way): Connect {
  return async ({ host, address, port }: Hop, signal) => {
    const lookup = async () => [{ address, family: isIP(address) }];
    const target: Target = {
      scheme: 'smtp',
      host: isIP(host) === 0 && !host.startsWith('[') ? host : address,
      port,
      tls: 'starttls',
      user: undefined,
      password: undefined,
      path: [],
      query: new Map(),
      shown: `smtp://${host}:${port}`,
    };
    try {
      return await converse(way, target, { lookup, insecure: true }, signal);
    } catch (error) {
      const failure = asCsError(error);
      if (failure.code !== 'CS_TLS' || signal.aborted) throw failure;
      way.ctx.ui.log('warn', 'queue.cleartext', { host, reason: failure.message });
      return converse(way, { ...target, tls: 'none' }, { lookup }, signal);
    }
  };
}
