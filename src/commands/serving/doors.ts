/** One door per service: its addresses, TLS, limits and faults, read off the flags. */
import { hostname } from 'node:os';
import { withoutLent } from '../../auth/without-lent.ts';
import type { Journal } from '../../contracts/journal.ts';
import type { Handler, Limits, Protocol, Scheme, ServerContext } from '../../contracts/protocol.ts';
import type { Need, Services } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import { createChosenFaults, parseChaos } from '../../kit/faults.ts';
import { type Door, openDoor } from '../../net/door.ts';
import { inheritedFds, type ListenConfig } from '../../net/listen.ts';
import type { GlobalValues } from '../globals.ts';
import type { TlsMode } from './exposure.ts';
import type { Service } from './services.ts';
import type { ServingContext, ServingOrder } from './start.ts';
import { tlsSource } from './tls-source.ts';

/** Gets each line of each conversation. */
export type TranscriptSink = (server: string, conn: string, line: string) => void;

export interface OpenedDoor {
  readonly door: Pick<Door, 'hosts' | 'port' | 'connections' | 'state' | 'drain' | 'close'>;
  readonly service: Service;
  reload(): Promise<void>;
}

/** `--tls` over what the scheme does of itself. */
export function tlsMode(scheme: Scheme, flag: GlobalValues['tls']): TlsMode {
  if (scheme.tls === 'none') {
    return scheme.secured === undefined || flag === undefined || flag === 'off' ? 'off' : 'implicit';
  }
  if (scheme.tls === 'implicit' || flag === 'on') return 'implicit';
  if (flag === 'off') return 'off';
  return flag === 'require' ? 'required' : 'offered';
}

export function limitsFrom(options: GlobalValues): Limits {
  const { connections, connectionsPerAddress, connectionsPerUser } = options;
  const { handshakeTime, commandTime, idleTime, minimumRate } = options;
  return { connections, connectionsPerAddress, connectionsPerUser, handshakeTime, commandTime, idleTime, minimumRate };
}

/** The name in greetings and certificates. */
export function serverName(): string {
  const name = hostname();
  return /^[a-z0-9.-]{1,200}$/i.test(name) ? name : 'localhost';
}

export function createDoors(
  ctx: ServingContext,
  order: ServingOrder,
  journal: Journal,
  hosts: readonly string[],
  overloaded: () => boolean,
) {
  const { options, ui } = ctx;
  const names = [...hosts, 'localhost', serverName(), ...options.allowHost, ...siteNames(ctx, order)];
  const tls = tlsSource(options, names, order.ticketKeys);
  const chaos = options.chaos === undefined ? undefined : parseChaos(options.chaos);
  const chosenFaults = createChosenFaults(chaos?.seed);
  const inherited = inheritedFds(ctx.env as NodeJS.ProcessEnv);

  const listen = (service: Service, index: number, port: number): ListenConfig => {
    const named = inherited.filter(({ name }) => name === service.id).map(({ fd }) => fd);
    const fds = named.length > 0 ? named : inherited.slice(index, index + 1).map(({ fd }) => fd);
    if (fds.length > 0) return { fds };
    const sockets = index === 0 ? options.socket : [];
    // The default is the only place where a missing IPv6 may be missing.
    return options.host.length > 0 || options.public ? { hosts, port, sockets } : { port, sockets };
  };

  const open = async (service: Service, port: number, services: Partial<Services>): Promise<OpenedDoor> => {
    const { id, protocol, scheme } = service;
    const mode = tlsMode(scheme, order.tls);
    const { transcript } = order;
    const limits = limitsFrom(options);
    if (mode !== 'off') await tls.prepare();
    const beside = protocol.beside ? await besideFor(ctx.sections[protocol.name] ?? {}) : undefined;
    const context: ServerContext = {
      services: pickServices(protocol, ownLogins(protocol, services)),
      options: { ...(ctx.sections[protocol.name] ?? {}), fail: options.fail, failSeed: chaos?.seed },
      server: { id, scheme: id, hostname: serverName() },
      limits,
      reach: { hosts: options.allowHost, origins: options.allowOrigin },
      overloaded,
      tls: mode,
      ...(beside ? { beside } : {}),
      chosenFaults,
      ...(order.siblings ? { siblings: order.siblings } : {}),
      log: ui.log,
      version: ctx.version,
    };
    const door = await openDoor({
      id,
      protocol,
      handler: lazyHandler(protocol, context),
      listen: listen(service, order.services.indexOf(service), port),
      tls: mode === 'off' ? { mode } : { mode, context: tls.context },
      limits,
      overloaded,
      ...(beside ? { beside } : {}),
      connectionRate: options.connectionRate,
      allow: options.allow,
      deny: options.deny,
      proxyFrom: options.proxyFrom,
      ...(chaos ? { chaos } : {}),
      ...(transcript ? { transcript: { sink: (line: string, conn: string) => transcript(id, conn, line) } } : {}),
      journal,
      log: ui.log,
    });
    return { door, service, reload: () => tls.reload() };
  };
  return { open };
}

/** What the servers of this start answer for beside their addresses. */
function siteNames({ sections }: ServingContext, { services }: ServingOrder): readonly string[] {
  return services.flatMap(({ protocol }) => {
    const written = protocol.sites === undefined ? [] : sections[protocol.name]?.[protocol.sites];
    return ((written ?? []) as readonly string[]).map((text) => text.replace(/=.*$/s, ''));
  });
}

/** By the options that a protocol with second connections has (`Protocol.beside`). */
async function besideFor(section: Readonly<Record<string, unknown>>) {
  const { createBeside } = await import('../../net/beside.ts');
  const { parsePorts, parsePublicAddresses } = await import('../../net/beside-options.ts');
  const { passivePorts, publicAddress } = section as { passivePorts: string; publicAddress: readonly string[] };
  return createBeside({ ports: parsePorts(passivePorts), publicAddress: parsePublicAddresses(publicAddress) });
}

/** A lent inbox is one of mail. */
function ownLogins({ family }: Protocol<Need>, services: Partial<Services>): Partial<Services> {
  const { accounts } = services;
  return family === 'mail' || !accounts ? services : { ...services, accounts: withoutLent(accounts) };
}

/** A server gets what it named under `needs`, and no other service. */
function pickServices(protocol: Protocol<Need>, services: Partial<Services>): Services {
  return Object.fromEntries(protocol.needs.map((need) => [need, services[need]])) as unknown as Services;
}

/** The implementation is loaded once, beside the binding of the port, so that neither waits for the other. */
function lazyHandler(protocol: Service['protocol'], context: ServerContext): Handler {
  const handler = (async () => {
    if (!protocol.server) throw new CsError('CS_BUG', `${protocol.name} has no server end`);
    return (await protocol.server()).server.open(context);
  })();
  handler.catch(() => {});
  return async (conn) => (await handler)(conn);
}
