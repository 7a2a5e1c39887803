/** Connections beside those of a door: FTP's data, to and from the owner's peer alone, with the owner's session tickets. */
import { randomInt } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Beside } from '../contracts/beside.ts';
import type { Connection, Peer } from '../contracts/connection.ts';
import { CsError } from '../kit/errors.ts';
import { isLoopback, plainAddress } from './address.ts';
import { StreamConnection } from './connection.ts';
import type { StreamHook } from './delay-line.ts';
import { Dependants } from './dependants.ts';
import { ExpectedConnection } from './expected.ts';
import { giveDescriptor, takeDescriptor } from './open-files.ts';
import { streamError } from './stream-error.ts';

/** Below are the ports of other services: nobody's data waits there. */
const FIRST_PORT = 1024;
/** Ports tried before there is none: all of a small range, a sample of a large one. */
const TRIES = 256;
/** Milliseconds in which the peer comes, or answers. */
const WAIT = 30_000;

export interface BesideConfig {
  /** The first and the last port of those that wait for a peer. */
  readonly ports: readonly [number, number];
  /** What the owner's peer is told instead of the address that we listen on. */
  readonly publicAddress?: (owner: Connection) => string | undefined;
  /** Milliseconds in which the peer must come; 30 s. */
  readonly wait?: number;
}

/** What a second connection has from the one it stands beside. */
export interface Kinship {
  /** The handshake in the owner's role, by the owner's own session tickets. */
  readonly upgrade?: (stream: Duplex) => Promise<TLSSocket>;
  /** The faults of a new connection. */
  readonly hooks?: () => readonly StreamHook[];
}

/** What a protocol gets; the door says which connections are its own. */
export interface DoorBeside extends Beside {
  adopt(owner: Connection, kinship: Kinship): void;
}

export function createBeside(config: BesideConfig): DoorBeside {
  const kin = new WeakMap<Connection, Kinship>();
  const dependants = new WeakMap<Connection, Dependants>();
  const dependantsOf = (owner: Connection): Dependants => {
    const known = dependants.get(owner) ?? new Dependants(owner);
    dependants.set(owner, known);
    return known;
  };
  const made = (owner: Connection, socket: Socket, known: Known = {}) =>
    besideOf({ owner, socket, known, kinship: kin.get(owner) ?? {}, dependants: dependantsOf(owner) });
  return {
    adopt: (owner, kinship) => void kin.set(owner, kinship),
    listen: async (owner) => {
      if (owner.peer.unix) throw new CsError('CS_UNSUPPORTED', 'a Unix socket has no ports beside it');
      const server = await listenWithin(config.ports, owner.local.address);
      return new ExpectedConnection(server, owner, {
        address: config.publicAddress?.(owner) ?? owner.local.address,
        wait: config.wait ?? WAIT,
        dependants: dependantsOf(owner),
        made: (of, socket, at) => made(of, socket, { local: at }),
      });
    },
    connect: async (owner, to) => {
      const { peer, local } = owner;
      const own = to.address === local.address && to.port === local.port;
      if (peer.unix || to.address !== peer.address || to.port < FIRST_PORT || own) {
        throw new CsError('CS_DENIED', `a connection beside this one cannot go to ${to.address} port ${to.port}`);
      }
      const socket = await reach(owner, to.port, config.wait ?? WAIT, dependantsOf(owner));
      return made(owner, socket, { peer: { ...peer, port: to.port } });
    },
  };
}

/** Ports are drawn, not counted: whoever knows the last one knows nothing of the next (trust.md FT-03). */
async function listenWithin([low, high]: readonly [number, number], host: string): Promise<Server> {
  if (!takeDescriptor()) throw new CsError('CS_BUSY', 'no descriptor is left for a data connection');
  const count = high - low + 1;
  const first = randomInt(count);
  try {
    for (let tries = 0; tries < Math.min(count, TRIES); tries++) {
      const port = low + (count <= TRIES ? (first + tries) % count : randomInt(count));
      const server = createServer({ allowHalfOpen: true, noDelay: true });
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen({ host, port, backlog: 4, exclusive: true }, resolve);
        });
        server.once('close', giveDescriptor);
        return server;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
    throw new CsError('CS_BUSY', `no port from ${low} to ${high} is free`);
  } catch (error) {
    giveDescriptor();
    throw error;
  }
}

function reach(owner: Connection, port: number, wait: number, dependants: Dependants): Promise<Socket> {
  const { address: host } = owner.peer;
  // A server comes from the address that its client knows. A client needs none: bound ports are used up by many small files.
  const from = owner.role === 'server' ? { localAddress: owner.local.address } : {};
  const options = { host, port, ...from, allowHalfOpen: true, noDelay: true };
  return new Promise((resolve, reject) => {
    if (!takeDescriptor()) return reject(new CsError('CS_BUSY', 'no descriptor is left for a data connection'));
    const socket = connect(options).once('close', giveDescriptor);
    const settle = (failure?: unknown) => {
      clearTimeout(timer);
      dependants.delete(cancel);
      socket.off('error', failed).on('error', () => {});
      if (failure === undefined) return resolve(socket);
      socket.destroy();
      reject(failure);
    };
    const failed = (error: Error) => settle(streamError(error));
    const cancel = () => settle(owner.signal.reason);
    const late = () => settle(new CsError('CS_TIMEOUT', `${host} port ${port} does not answer`));
    const timer = setTimeout(late, wait);
    socket.once('error', failed).once('connect', () => settle());
    dependants.add(cancel);
  });
}

/** An end that need not be asked for: where we went, or where it was awaited. */
interface Known {
  readonly peer?: Peer;
  readonly local?: Peer | undefined;
}

interface Newcomer {
  readonly owner: Connection;
  readonly socket: Socket;
  readonly known: Known;
  readonly kinship: Kinship;
  readonly dependants: Dependants;
}

function besideOf({ owner, socket, known, kinship: { upgrade, hooks }, dependants }: Newcomer): Connection {
  const conn = new StreamConnection({
    stream: socket,
    id: `${owner.id}+`,
    role: owner.role,
    peer: known.peer ?? peerOf(socket.remoteAddress, socket.remotePort),
    local: known.local ?? (() => peerOf(socket.localAddress, socket.localPort)),
    draining: owner.draining,
    ...(upgrade ? { upgrade } : {}),
    ...(hooks ? { hooks: hooks() } : {}),
  });
  const end = () => conn.destroy();
  socket.once('close', () => dependants.delete(end));
  dependants.add(end);
  return conn;
}

function peerOf(address = '', port = 0): Peer {
  return { address: plainAddress(address), port, loopback: isLoopback(address) };
}
