/**
 * The PROXY protocol, versions 1 and 2 (HAProxy, "The PROXY protocol" 2.2): who the client behind a proxy is.
 * Both ends, without a socket. Strict: a header that is not exactly one is an error.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { CsError } from '../kit/errors.ts';
import { decodeIp, encodeIp } from './address.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface ProxyHeader {
  readonly version: 1 | 2;
  /** Octets that the header took. */
  readonly used: number;
  /** Absent: the proxy speaks for itself (health check) or does not know (`LOCAL`, `UNKNOWN`, a Unix socket). */
  readonly ends?: { readonly source: Endpoint; readonly destination: Endpoint };
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const PREFIX = Buffer.from('PROXY ', 'latin1');
/** Longest version 1 line, CRLF included (section 2.1). */
const V1_MAX = 107;
/** Longest version 2 body taken: addresses and a chain of TLVs. */
const V2_MAX = 4096;

/** Undefined: so far it may be one, more octets are needed. Throws `CS_PEER_PROTOCOL` as soon as it cannot be one. */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader | undefined {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < 16 ? undefined : parseV2(bytes);
  if (startsLike(bytes, PREFIX)) return parseV1(bytes);
  throw broken('no PROXY header, and this source must send one');
}

function startsLike(bytes: Uint8Array, wanted: Uint8Array): boolean {
  const length = Math.min(bytes.length, wanted.length);
  return Buffer.compare(bytes.subarray(0, length), wanted.subarray(0, length)) === 0;
}

function parseV1(bytes: Uint8Array): ProxyHeader | undefined {
  const end = bytes.subarray(0, V1_MAX).indexOf(10);
  if (end === -1) {
    if (bytes.length >= V1_MAX) throw broken('line too long');
    return undefined;
  }
  if (bytes[end - 1] !== 13) throw broken('line not ended by CRLF');
  const line = Buffer.from(bytes.subarray(0, end - 1)).toString('latin1');
  const used = end + 1;
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { version: 1, used };
  const [, family, source = '', destination = '', from = '', to = '', more] = line.split(' ');
  const right = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  if (more !== undefined || !right(source) || !right(destination)) throw broken('not two addresses of its family');
  if (source.includes('%') || destination.includes('%')) throw broken('address with a zone');
  return {
    version: 1,
    used,
    ends: {
      source: { address: source, port: parsePort(from) },
      destination: { address: destination, port: parsePort(to) },
    },
  };
}

function parsePort(text: string): number {
  const port = /^(0|[1-9]\d{0,4})$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw broken('not a port');
  return port;
}

/** Octets of two addresses and two ports, by the family octet of version 2. */
const FAMILIES: ReadonlyMap<number, number> = new Map([
  [0x11, 4],
  [0x21, 16],
]);
const WITHOUT_ADDRESSES = new Set([0x00, 0x31, 0x32]);

function parseV2(bytes: Uint8Array): ProxyHeader | undefined {
  const [command = 0, family = 0] = bytes.subarray(12, 14);
  if (command !== 0x20 && command !== 0x21) throw broken('unknown version or command');
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.readUInt16BE(14);
  if (length > V2_MAX) throw broken('too long');
  const width = FAMILIES.get(family);
  const local = command === 0x20;
  if (!local && width === undefined && !WITHOUT_ADDRESSES.has(family)) throw broken('unknown address family');
  if (!local && width !== undefined && length < 2 * width + 4) throw broken('shorter than its addresses');
  const used = 16 + length;
  if (bytes.length < used) return undefined;
  if (local || width === undefined) return { version: 2, used };
  const ports = 16 + 2 * width;
  return {
    version: 2,
    used,
    ends: {
      source: { address: decodeIp(view.subarray(16, 16 + width)), port: view.readUInt16BE(ports) },
      destination: { address: decodeIp(view.subarray(16 + width, ports)), port: view.readUInt16BE(ports + 2) },
    },
  };
}

/** The header that a client sends before anything else. Both addresses of one family, else `CS_USAGE`. */
export function encodeProxyHeader(version: 1 | 2 | 'v1' | 'v2', source: Endpoint, destination: Endpoint): Uint8Array {
  const four = isIPv4(source.address) && isIPv4(destination.address);
  if (!four && !(isIPv6(source.address) && isIPv6(destination.address))) {
    throw new CsError('CS_USAGE', 'a PROXY header needs two IPv4 or two IPv6 addresses', {
      hint: `not ${JSON.stringify(source.address)} and ${JSON.stringify(destination.address)}`,
    });
  }
  if (version === 1 || version === 'v1') {
    const ends = `${source.address} ${destination.address} ${source.port} ${destination.port}`;
    return Buffer.from(`PROXY TCP${four ? 4 : 6} ${ends}\r\n`, 'latin1');
  }
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  const body = Buffer.concat([encodeIp(source.address), encodeIp(destination.address), ports]);
  return Buffer.concat([SIGNATURE, Buffer.from([0x21, four ? 0x11 : 0x21, 0, body.length]), body]);
}

function broken(why: string): CsError {
  return new CsError('CS_PEER_PROTOCOL', `PROXY header: ${why}`);
}
