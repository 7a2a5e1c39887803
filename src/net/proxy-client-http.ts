/** HTTP CONNECT (RFC 9110 section 9.3.6, RFC 9112 section 3.2.3), the client's end. */
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Target } from '../contracts/protocol.ts';
import { CsError } from '../kit/errors.ts';
import type { Destination } from './proxy-client.ts';
import { type ReplyParser, readReply } from './proxy-client-read.ts';

/** Octets of a status line with its header block. */
const LONGEST = 16 * 1024;

export async function askConnect(stream: Duplex, proxy: Target, to: Destination, signal: AbortSignal): Promise<void> {
  stream.write(encodeRequest(proxy, to));
  const { status, line } = await readReply(stream, parseConnectResponse, LONGEST, signal);
  if (status >= 200 && status < 300) return;
  const place = authority(to);
  if (status === 407) {
    const code = proxy.user === undefined ? 'CS_AUTH_REQUIRED' : 'CS_AUTH_REJECTED';
    throw new CsError(code, `it wants ${proxy.user === undefined ? 'a' : 'another'} user and password`, {
      reply: line,
    });
  }
  throw new CsError('CS_CANNOT_CONNECT', `cannot connect to ${place}: it answered ${status}`, { reply: line });
}

/** The final status; interim ones (1xx) are skipped. A body after a refusal is not read. */
export const parseConnectResponse: ReplyParser<{ readonly status: number; readonly line: string }> = (bytes) => {
  let at = 0;
  for (;;) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + at, bytes.length - at).toString('latin1');
    if (!'HTTP/1.'.startsWith(text.slice(0, 7))) throw new CsError('CS_PEER_PROTOCOL', 'it does not speak HTTP');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const [line = '', ...fields] = text.slice(0, end).split('\r\n');
    const [, digits] = /^HTTP\/1\.[01] ([1-9]\d\d)(?: [^\0\r\n]*)?$/.exec(line) ?? [];
    const clean = fields.every((field) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\0\r\n]*$/.test(field));
    if (digits === undefined || !clean) throw new CsError('CS_PEER_PROTOCOL', 'its answer is no HTTP response');
    at += end + 4;
    // 101 would end HTTP, and nobody asked for that.
    const interim = digits.startsWith('1') && digits !== '101';
    if (!interim) return { value: { status: Number(digits), line: line.slice(0, 200) }, used: at };
  }
};

export function encodeRequest(proxy: Target, to: Destination): string {
  const place = authority(to);
  const secret = proxyAuthorization(proxy);
  const login = secret === undefined ? '' : `Proxy-Authorization: ${secret}\r\n`;
  return `CONNECT ${place} HTTP/1.1\r\nHost: ${place}\r\n${login}\r\n`;
}

/** The value of `Proxy-Authorization`, where there is a user (RFC 7617). */
export function proxyAuthorization({ user, password }: Target): string | undefined {
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ''}`).toString('base64')}`;
}

function authority({ host, port }: Destination): string {
  return `${isIPv6(host) ? `[${host.replace(/%.*$/, '')}]` : host}:${port}`;
}
