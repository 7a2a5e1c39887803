/** Connections beside one that was dialled: FTP's data, both ways round, to the same peer and with its TLS session. */
import type { Duplex } from 'node:stream';
import type { Beside } from '../contracts/beside.ts';
import type { Connection } from '../contracts/connection.ts';
import type { Target } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import { createBeside } from './beside.ts';
import { type DialOptions, dial, handshake, type Owner } from './dial.ts';
import { DialledConnection } from './dial-connection.ts';
import { underDeadline } from './dial-deadline.ts';

/** Below are the ports of other services: nobody's data waits there. */
const FIRST_PORT = 1024;
/** Where nobody registers a service (RFC 6335 section 6). */
const PORTS = [49_152, 65_535] as const;
/** A Unix socket has no ports beside it; whoever listens there is on this machine. */
const HERE = '127.0.0.1';

/** @param target what the owners were dialled by: its certificate is the one that counts */
export function createDialBeside(target: Target, all: DialOptions): Beside {
  // A transcript is of the conversation; what is carried beside it is somebody's data.
  const proxy = typeof all.proxy === 'function' ? all.proxy(target) : all.proxy;
  const options: DialOptions = { ...all, proxy, hooks: undefined, timings: undefined, proxyHeader: undefined };
  const door = createBeside({ ports: PORTS, ...(options.timeout > 0 ? { wait: options.timeout } : {}) });
  const adopted = new WeakSet<Connection>();
  const adopt = (owner: Connection): void => {
    if (adopted.has(owner)) return;
    adopted.add(owner);
    const late = () => 'the TLS handshake of a data connection was not done in time';
    const secure = (base: Duplex, within: AbortSignal) =>
      handshake(base, target.host, owner.peer.loopback, options, within, ownerOf(owner, target));
    door.adopt(owner, {
      upgrade: async (base) =>
        (await underDeadline(options.timeout, options.signal, late, (within) => secure(base, within))).socket,
    });
  };
  return {
    connect: async (owner, { address, port }) => {
      const at = owner.peer.unix ? HERE : owner.peer.address;
      if (address !== at || port < FIRST_PORT) {
        throw new CsError('CS_DENIED', `a connection beside this one cannot go to ${address} port ${port}`);
      }
      // The address is known, and nobody stands between: none of what dialling has for the first connection is needed.
      if (!options.proxy && !owner.peer.unix) {
        adopt(owner);
        return door.connect(owner, { address, port });
      }
      const to: Target = { ...target, host: at, port, tls: 'starttls', socket: undefined, shown: `${at}:${port}` };
      return dial(to, options, ownerOf(owner, target));
    },
    listen: async (owner) => {
      if (options.proxy) throw new CsError('CS_UNSUPPORTED', 'nobody can connect back through a proxy');
      adopt(owner);
      return door.listen(owner);
    },
  };
}

function ownerOf(owner: Connection, target: Target): Owner {
  return { host: target.host, session: () => (owner instanceof DialledConnection ? owner.session : undefined) };
}
