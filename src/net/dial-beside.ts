/** Connections beside one that was dialled: FTP's data, both ways round, to the same peer and with its TLS session. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Beside, Expected } from '../contracts/beside.ts';
import type { Connection } from '../contracts/connection.ts';
import type { Target } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import { isLoopback, plainAddress } from './address.ts';
import { type DialOptions, dial, handshake, type Owner } from './dial.ts';
import { DialledConnection } from './dial-connection.ts';
import { abandoned, underDeadline } from './dial-deadline.ts';

/** Below are the ports of other services: nobody's data waits there. */
const FIRST_PORT = 1024;
/** A Unix socket has no ports beside it; whoever listens there is on this machine. */
const HERE = '127.0.0.1';

/** @param target what the owners were dialled by: its certificate is the one that counts */
export function createDialBeside(target: Target, all: DialOptions): Beside {
  // A transcript is of the conversation; what is carried beside it is somebody's data.
  const proxy = typeof all.proxy === 'function' ? all.proxy(target) : all.proxy;
  const options: DialOptions = { ...all, proxy, hooks: undefined, timings: undefined, proxyHeader: undefined };
  return {
    connect: async (owner, { address, port }) => {
      const at = owner.peer.unix ? HERE : owner.peer.address;
      if (address !== at || port < FIRST_PORT) {
        throw new CsError('CS_DENIED', `a connection beside this one cannot go to ${address} port ${port}`);
      }
      const to: Target = { ...target, host: at, port, tls: 'starttls', socket: undefined, shown: `${at}:${port}` };
      return dial(to, options, ownerOf(owner, target));
    },
    listen: async (owner) => {
      if (options.proxy) throw new CsError('CS_UNSUPPORTED', 'nobody can connect back through a proxy');
      return expect(owner, target, options);
    },
  };
}

function ownerOf(owner: Connection, target: Target): Owner {
  return { host: target.host, session: () => (owner instanceof DialledConnection ? owner.session : undefined) };
}

async function expect(owner: Connection, target: Target, options: DialOptions): Promise<Expected> {
  const address = owner.local.unix ? HERE : owner.local.address;
  const peer = owner.peer.unix ? HERE : owner.peer.address;
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.maxConnections = 8;
  let taken = false;
  const came = new Promise<Socket>((resolve, reject) => {
    server.on('error', reject).on('connection', (socket) => {
      socket.on('error', () => {});
      if (plainAddress(socket.remoteAddress ?? '') === peer) resolve(socket);
      else socket.destroy();
      if (!socket.destroyed) server.close();
    });
  });
  came.catch(() => {});
  server.listen(0, address);
  await Promise.race([once(server, 'listening'), came]);
  const { port } = server.address() as { port: number };
  const forget = (): void => void server.close();
  owner.signal.addEventListener('abort', forget, { once: true });
  return {
    address,
    port,
    accept: async (signal) => {
      const late = () => 'no data connection came in time';
      const outer = signal ? AbortSignal.any([owner.signal, signal]) : owner.signal;
      const socket = await underDeadline(options.timeout, outer, late, (within) => abandoned(came, within));
      taken = true;
      return accepted(socket, owner, target, options);
    },
    [Symbol.asyncDispose]: async () => {
      owner.signal.removeEventListener('abort', forget);
      server.close();
      // One that came and was never asked for.
      if (!taken) void came.then((socket) => socket.destroy()).catch(() => {});
    },
  };
}

function accepted(socket: Socket, owner: Connection, target: Target, options: DialOptions): Connection {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
  const [from, at] = [plainAddress(remoteAddress), plainAddress(localAddress)];
  const loopback = isLoopback(from);
  const beside = ownerOf(owner, target);
  const late = () => 'the TLS handshake of the data connection was not done in time';
  return new DialledConnection({
    id: `${owner.id}+`,
    peer: { address: from, port: remotePort, loopback },
    local: { address: at, port: localPort, loopback: isLoopback(at) },
    stream: socket,
    secured: undefined,
    insecureAuth: options.insecureAuth ?? false,
    signal: options.signal,
    hooks: [],
    secure: (base) =>
      underDeadline(options.timeout, options.signal, late, (within) =>
        handshake(base, target.host, loopback, options, within, beside),
      ),
  });
}
