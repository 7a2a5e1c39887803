/** The control API of a running instance: a 0600 Unix socket of this user. */
import type { ServerContext } from '../../contracts/protocol.ts';
import type { Services } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import { openDoor } from '../../net/door.ts';
import { recoverSocket, socketPath } from '../../net/side-door.ts';
import { protocols } from '../../registry.ts';
import { limitsFrom, serverName } from './doors.ts';
import type { ServingContext, ServingOrder } from './start.ts';

const DEFAULT_NAME = 'dev';

/** A name that somebody chose must be free; the default one gives way. */
export async function instanceSocket(chosen: string | undefined): Promise<{ name: string; socket: string }> {
  const name = chosen ?? DEFAULT_NAME;
  const socket = socketPath(name);
  if ((await recoverSocket(socket)) === 'free') return { name, socket };
  if (chosen !== undefined) {
    throw new CsError('CS_PORT_IN_USE', `an instance named ${name} is already running`, {
      hint: `cs wait, cs ls ... reach it with --name ${name}; choose another name for this one`,
    });
  }
  const own = `${DEFAULT_NAME}-${process.pid}`;
  return { name: own, socket: socketPath(own) };
}

export async function openControl(
  ctx: ServingContext,
  order: ServingOrder,
  services: Services,
): Promise<{ path: string; close(): Promise<void> }> {
  const protocol = protocols.find((one) => one.family === 'control');
  if (!protocol?.server) throw new CsError('CS_BUG', 'the registry has no control protocol');
  const limits = { ...limitsFrom(ctx.options), idleTime: 0 };
  const context: ServerContext = {
    services,
    options: ctx.sections[protocol.name] ?? {},
    server: { id: 'control', scheme: 'cs', hostname: serverName() },
    limits,
    tls: 'off',
    log: ctx.ui.log,
    version: ctx.version,
  };
  const loaded = protocol.server().then(({ server }) => server.open(context));
  loaded.catch(() => {});
  const door = await openDoor({
    id: 'control',
    protocol,
    handler: async (conn) => (await loaded)(conn),
    listen: { sockets: [order.socket] },
    tls: { mode: 'off' },
    limits,
    // What reads the journal is not part of it.
    journal: { add: async () => 0 },
    log: ctx.ui.log,
  });
  return { path: order.socket, close: () => door.close() };
}
