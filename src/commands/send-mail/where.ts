/** Which server takes the message, and how it is reached. */

import type { Connection } from '../../contracts/connection.ts';
import type { Dial } from '../../contracts/protocol.ts';
import type { Remote } from '../../contracts/services.ts';
import { CsError } from '../../kit/errors.ts';
import { encodeProxyHeader } from '../../net/proxy-header.ts';
import type { CommandContext } from '../command.ts';
import { instance, type Reached, reach } from '../reach.ts';

const DEFAULT = 'smtp://127.0.0.1:1025';

export interface Place {
  readonly url: string;
  readonly from: 'argv' | 'env' | 'config';
  /** Nobody said where: it is the development port. */
  readonly guessed?: boolean;
}

/** The operand, a --name, CS_SMTP_URL, the instance that CS_CONTROL or CS_NAME tells, the development port. */
export async function whereTo(ctx: CommandContext, operand: string | undefined): Promise<Place> {
  if (operand !== undefined) return { url: operand, from: 'argv' };
  if (ctx.env.CS_SMTP_URL && ctx.origin('name') !== 'flag') return { url: ctx.env.CS_SMTP_URL, from: 'env' };
  if (ctx.options.name === undefined && !ctx.env.CS_CONTROL) return { url: DEFAULT, from: 'config', guessed: true };
  await using remote = await instance(ctx);
  return { url: smtpUrl(remote), from: 'config' };
}

/** Nobody at a port that nobody named: an instance may be elsewhere, or there is none yet. */
export async function hinted(error: unknown, { guessed }: Place): Promise<unknown> {
  if (guessed !== true || !(error instanceof CsError) || error.code !== 'CS_CANNOT_CONNECT') return error;
  const { listInstances } = await import('../../net/side-door.ts');
  const running = (await listInstances()).map(({ name }) => name);
  const hint =
    running.length > 0 ? `--name ${running[0]} (running: ${running.join(', ')}), or a URL` : 'cs serve smtp, or a URL';
  return new CsError(error.code, error.message, { hint, exit: error.exit, cause: error });
}

function smtpUrl(remote: Remote): string {
  const servers = remote.instance?.ready().servers;
  for (const server of Array.isArray(servers) ? servers : []) {
    if (server && typeof server === 'object' && 'url' in server && server.protocol === 'smtp')
      return String(server.url);
  }
  throw new CsError('CS_NOT_FOUND', 'that instance has no SMTP server', { hint: 'cs serve smtp' });
}

/** The way there, with the client's own options. Throws `CS_USAGE` for a protocol that takes no mail. */
export async function reachMail(ctx: CommandContext, place: Place, keys: readonly string[]): Promise<Reached> {
  const values = ctx.options as Readonly<Record<string, unknown>>;
  const options = Object.fromEntries(keys.filter((key) => key in values).map((key) => [key, values[key]]));
  const reached = await reach(ctx, place.url, place.from, options);
  if (reached.protocol.name !== 'smtp') {
    throw new CsError('CS_USAGE', `${reached.target.scheme} takes no mail`, {
      hint: 'smtp, smtps, submission or lmtp',
    });
  }
  return reached;
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The first words of a connection say who the client is, before TLS. */
export function behindProxy(dial: Dial, version: 'v1' | 'v2', source: string | undefined): Dial {
  const named = source === undefined ? undefined : endpoint(source);
  return async (target) => {
    const implicit = target.tls === 'implicit';
    const conn = await dial(implicit ? { ...target, tls: 'none' } : target);
    const from = named ?? conn.local;
    await conn.write(encodeProxyHeader(version, from, destination(conn, from)));
    if (implicit) await conn.startTls();
    return conn;
  };
}

/** Source and destination are of one family; on loopback the other family's address stands for the same server. */
function destination(conn: Connection, from: Endpoint): Endpoint {
  const six = from.address.includes(':');
  const same = conn.peer.address.includes(':') === six;
  return same || !conn.peer.loopback ? conn.peer : { address: six ? '::1' : '127.0.0.1', port: conn.peer.port };
}

/** `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
export function endpoint(text: string): Endpoint {
  const [, six, four, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = six ?? four;
  if (address === undefined || Number(port) > 65_535) {
    throw new CsError('CS_USAGE', `not an address and port: ${JSON.stringify(text)}`, {
      hint: 'write 192.0.2.7:4711 or [2001:db8::7]:4711',
    });
  }
  return { address, port: Number(port) };
}
