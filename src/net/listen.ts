import { once } from 'node:events';
import { type AddressInfo, createServer, isIPv6, type ListenOptions, type Server, type Socket } from 'node:net';
import type { Log } from '../contracts/store.ts';
import { CsError } from '../kit/errors.ts';
import { findPortOwner } from './port-owner.ts';
import { recoverSocket } from './side-door.ts';

/** Where a server listens: everything that is named here. */
export interface ListenConfig {
  /** Literal addresses or `localhost`. Default: both loopback addresses, of which the IPv6 one may be missing. */
  readonly hosts?: readonly string[];
  /** One port on every host; 0 is any free one. Absent: no TCP. */
  readonly port?: number;
  /** Unix sockets, mode 0600; those left behind by a crash are recovered. */
  readonly sockets?: readonly string[];
  /** Listening descriptors that a supervisor handed over. */
  readonly fds?: readonly number[];
}

export interface Listening {
  readonly servers: readonly Server[];
  readonly hosts: readonly string[];
  /** 0 without TCP. */
  readonly port: number;
}

export interface ListenContext {
  /** The service's name, for messages. */
  readonly name: string;
  readonly accept: (socket: Socket, unix: boolean) => void;
  readonly log: Log;
}

const LOOPBACK = ['127.0.0.1', '::1'];
const BACKLOG = 1024;
/** Attempts to find a port that is free on every host. */
const TRIES = 32;
const NO_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/** All or nothing. Throws `CS_PORT_IN_USE` naming the owner, `CS_CANNOT_BIND`. */
export async function listenOn(config: ListenConfig, context: ListenContext): Promise<Listening> {
  const servers: Server[] = [];
  try {
    if (config.port !== undefined) servers.push(...(await openTcp(config, config.port, context)));
    for (const fd of config.fds ?? []) servers.push(await open({ fd }, context));
    for (const path of config.sockets ?? []) servers.push(await openUnix(path, context));
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
  const bound = servers.map((server) => server.address()).filter((at): at is AddressInfo => typeof at === 'object');
  return { servers, hosts: [...new Set(bound.map((at) => at.address))], port: bound[0]?.port ?? 0 };
}

/** Descriptors by systemd's protocol: `LISTEN_PID` names us, `LISTEN_FDS` says how many, from 3 on. */
export function inheritedFds(env: NodeJS.ProcessEnv = process.env, pid = process.pid): { fd: number; name: string }[] {
  const count = /^\d{1,3}$/.test(env.LISTEN_FDS ?? '') ? Number(env.LISTEN_FDS) : 0;
  if (env.LISTEN_PID !== String(pid) || count === 0) return [];
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  return Array.from({ length: count }, (_, index) => ({ fd: 3 + index, name: names[index] ?? '' }));
}

/** One that is free on each of the hosts at this moment; for who cannot listen there itself. */
export async function freePort(hosts: readonly string[] | undefined): Promise<number> {
  const context = { name: 'port', accept: (socket: Socket) => socket.destroy(), log: () => {} };
  const { port, servers } = await listenOn({ ...(hosts ? { hosts } : {}), port: 0 }, context);
  await closeAll(servers);
  return port;
}

export function closeAll(servers: readonly Server[]): Promise<unknown> {
  return Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
}

async function openTcp(config: ListenConfig, port: number, context: ListenContext): Promise<Server[]> {
  const named = config.hosts?.length ? config.hosts : ['localhost'];
  const hosts = [...new Set(named.flatMap((host) => (host === 'localhost' ? LOOPBACK : [host])))];
  for (let attempt = 1; ; attempt++) {
    try {
      return await openHosts(hosts, port, named.includes('localhost'), context);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // A port that is free on one family may be busy on the other.
      if (code === 'EADDRINUSE' && port === 0 && attempt < TRIES) continue;
      throw await bindError(error as NodeJS.ErrnoException, port, context.name);
    }
  }
}

async function openHosts(
  hosts: readonly string[],
  port: number,
  tolerant: boolean,
  context: ListenContext,
): Promise<Server[]> {
  const servers: Server[] = [];
  try {
    for (const host of hosts) {
      const [first] = servers;
      const same = first ? (first.address() as AddressInfo).port : port;
      try {
        servers.push(await open({ host, port: same, ipv6Only: isIPv6(host), backlog: BACKLOG }, context));
      } catch (error) {
        const missing = tolerant && host === '::1' && NO_IPV6.has((error as NodeJS.ErrnoException).code ?? '');
        if (!missing || servers.length === 0) throw error;
        context.log('info', 'ipv6.absent', { server: context.name });
      }
    }
    return servers;
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
}

async function openUnix(path: string, context: ListenContext): Promise<Server> {
  if ((await recoverSocket(path)) === 'alive') {
    throw new CsError('CS_PORT_IN_USE', `somebody listens on ${path} already`, { hint: 'choose another --name' });
  }
  // Bound within listen(): there is no moment at which others may connect.
  const before = process.umask(0o177);
  try {
    return await open({ path, backlog: BACKLOG }, context, () => process.umask(before));
  } catch (error) {
    throw new CsError('CS_CANNOT_BIND', `cannot listen on ${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    process.umask(before);
  }
}

async function open(
  where: ListenOptions | { fd: number },
  context: ListenContext,
  bound?: () => void,
): Promise<Server> {
  // Half-open: a client may say FIN first and still wants its answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(where as ListenOptions);
  bound?.();
  await once(server, 'listening');
  const unix = typeof server.address() === 'string';
  server.on('connection', (socket) => context.accept(socket, unix));
  server.on('error', (error) => context.log('error', 'accept.failed', { server: context.name, error: error.message }));
  return server;
}

async function bindError(error: NodeJS.ErrnoException, port: number, name: string): Promise<CsError> {
  if (error.code === 'EADDRINUSE') {
    const owner = await findPortOwner(port);
    const by = owner ? ` by ${owner.name} (pid ${owner.pid})` : '';
    return new CsError('CS_PORT_IN_USE', `port ${port} is in use${by}`, {
      hint: `cs serve ${name} --port 0   (any free port)`,
      cause: error,
    });
  }
  if (error.code === 'EACCES') {
    const hint = 'use a port above 1023, or start as root with --run-as USER';
    return new CsError('CS_CANNOT_BIND', `port ${port} needs more privilege`, { hint, cause: error });
  }
  return new CsError('CS_CANNOT_BIND', `cannot listen: ${error.message}`, { cause: error });
}
