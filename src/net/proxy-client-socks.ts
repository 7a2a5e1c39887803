/** SOCKS version 5 (RFC 1928) with user and password (RFC 1929), the client's end. */
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Target } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import { encodeIp } from './address.ts';
import type { Destination } from './proxy-client.ts';
import { type ReplyParser, readReply } from './proxy-client-read.ts';

const NO_AUTH = 0x00;
const PASSWORD = 0x02;
const NONE = 0xff;
/** VER REP RSV ATYP, a name of 255 octets with its length, a port. */
const LONGEST = 4 + 256 + 2;

export async function askSocks(stream: Duplex, proxy: Target, to: Destination, signal: AbortSignal): Promise<void> {
  const methods = proxy.user === undefined ? [NO_AUTH] : [NO_AUTH, PASSWORD];
  stream.write(Uint8Array.from([5, methods.length, ...methods]));
  const method = await readReply(stream, parsePair(5), 2, signal);
  if (method === NONE) {
    const code = proxy.user === undefined ? 'CS_AUTH_REQUIRED' : 'CS_AUTH_REJECTED';
    throw new CsError(code, 'it takes no way to log in that we have');
  }
  if (!methods.includes(method)) throw new CsError('CS_PEER_PROTOCOL', `it chose a way to log in that was not offered`);
  if (method === PASSWORD) {
    stream.write(encodePassword(proxy));
    const status = await readReply(stream, parsePair(1), 2, signal);
    if (status !== 0) throw new CsError('CS_AUTH_REJECTED', 'it rejected user and password');
  }
  stream.write(encodeConnect(to));
  const reply = await readReply(stream, parseConnectReply, LONGEST, signal);
  if (reply !== 0) throw new CsError('CS_CANNOT_CONNECT', `cannot connect to ${to.host}:${to.port}: ${said(reply)}`);
}

/** Two octets: the version, and what is chosen or how it went. */
function parsePair(version: number): ReplyParser<number> {
  return (bytes) => {
    if (bytes.length > 0 && bytes[0] !== version) throw new CsError('CS_PEER_PROTOCOL', 'it does not speak SOCKS5');
    return bytes.length < 2 ? undefined : { value: bytes[1]!, used: 2 };
  };
}

/** RFC 1928 section 6. The bound address is of no use, but it must be there in full. */
export const parseConnectReply: ReplyParser<number> = (bytes) => {
  const [version = 5, reply, reserved = 0, type, length] = bytes;
  if (version !== 5 || reserved !== 0) throw new CsError('CS_PEER_PROTOCOL', 'it does not speak SOCKS5');
  // An early end after a refusal is common: the code is what counts.
  if (reply !== undefined && reply !== 0) return { value: reply, used: bytes.length };
  if (type === undefined) return undefined;
  const address = type === 1 ? 4 : type === 4 ? 16 : type === 3 ? (length ?? 0) + 1 : undefined;
  if (address === undefined) throw new CsError('CS_PEER_PROTOCOL', 'it answered with an unknown kind of address');
  const used = 4 + address + 2;
  return bytes.length < used || (type === 3 && length === undefined) ? undefined : { value: 0, used };
};

function encodePassword({ user = '', password }: Target): Uint8Array {
  const parts = [Buffer.from(user), Buffer.from(password?.reveal() ?? '')];
  if (parts.some((part) => part.length > 255)) throw new CsError('CS_INPUT', 'user or password is over 255 octets');
  return Buffer.concat([Buffer.from([1]), ...parts.flatMap((part) => [Buffer.from([part.length]), part])]);
}

export function encodeConnect({ host, port }: Destination): Uint8Array {
  const kind = isIP(host);
  const name = Buffer.from(host);
  if (kind === 0 && name.length > 255) throw new CsError('CS_INPUT', 'the host name is over 255 octets');
  const address = kind === 0 ? [3, name.length, ...name] : [kind === 4 ? 1 : 4, ...encodeIp(host)];
  return Uint8Array.from([5, 1, 0, ...address, port >> 8, port & 0xff]);
}

const REPLIES: readonly string[] = [
  'done',
  'the proxy failed',
  'its rules do not allow it',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'no answer',
  'it cannot connect to anything',
  'it does not take this kind of address',
];

function said(reply: number): string {
  return REPLIES[reply] ?? `unknown reply ${reply}`;
}
