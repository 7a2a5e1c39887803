/** The opening handshake, server's side (RFC 6455 section 4.2); Host and Origin were looked at before, by `admit`. */
import { createHash } from 'node:crypto';
import { HttpRefusal } from '../http/refusal.ts';
import type { HttpRequest } from '../http/route.ts';
import { type Agreed, agreeOnDeflate } from './deflate.ts';
import { parseExtensions } from './extensions.ts';

export interface Handshake {
  /** The 101, its last empty line too. */
  readonly answer: string;
  /** '' where none was agreed on. */
  readonly subprotocol: string;
  readonly deflate: Agreed['deflate'] | undefined;
}

export interface HandshakeRules {
  /** Names that are spoken here; the client's order counts. */
  readonly subprotocols?: readonly string[];
  /** False: messages are never compressed, whatever is offered. */
  readonly deflate?: boolean;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const VERSION = '13';
/** Sixteen octets in base64, and nothing in the bits that are left over. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const ONCE = ['sec-websocket-key', 'sec-websocket-version'];

/** Throws `HttpRefusal`: 400, 405, 426. */
export function shake(request: HttpRequest, rules: HandshakeRules): Handshake {
  if (request.method !== 'GET')
    throw new HttpRefusal(405, 'a WebSocket begins with GET', { headers: { Allow: 'GET' } });
  checkOnce(request.rawHeaders);
  if (request.header('sec-websocket-version') !== VERSION) {
    const headers = { 'Sec-WebSocket-Version': VERSION, Upgrade: 'websocket', Connection: 'Upgrade' };
    throw new HttpRefusal(426, 'only version 13 of WebSocket is spoken here', { headers });
  }
  const key = request.header('sec-websocket-key') ?? '';
  if (!KEY.test(key)) throw new HttpRefusal(400, 'the Sec-WebSocket-Key is not sixteen octets');
  const length = request.header('content-length');
  if ((length !== undefined && length !== '0') || request.header('transfer-encoding') !== undefined) {
    throw new HttpRefusal(400, 'a WebSocket begins without content');
  }
  const subprotocol = chosen(request.header('sec-websocket-protocol'), rules.subprotocols ?? []);
  const offers = parseExtensions(request.header('sec-websocket-extensions') ?? '');
  if (offers === undefined) throw new HttpRefusal(400, 'the Sec-WebSocket-Extensions are malformed');
  const agreed = rules.deflate === false ? undefined : agreeOnDeflate(offers);
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
    ...(subprotocol === '' ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    ...(agreed ? [`Sec-WebSocket-Extensions: ${agreed.answer}`] : []),
  ];
  return { answer: `${lines.join('\r\n')}\r\n\r\n`, subprotocol, deflate: agreed?.deflate };
}

/** Section 4.2.2. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64');
}

function checkOnce(raw: readonly string[]): void {
  for (const name of ONCE) {
    const times = raw.filter((one, at) => at % 2 === 0 && one.toLowerCase() === name).length;
    if (times > 1) throw new HttpRefusal(400, `two lines of ${name}`);
  }
}

function chosen(offered: string | undefined, spoken: readonly string[]): string {
  if (offered === undefined) return '';
  const names = offered.split(',').map((name) => name.trim());
  if (!names.every((name) => TOKEN.test(name)) || new Set(names).size < names.length) {
    throw new HttpRefusal(400, 'the Sec-WebSocket-Protocol is malformed');
  }
  return names.find((name) => spoken.includes(name)) ?? '';
}
