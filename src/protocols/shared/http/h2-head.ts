/** The head of an HTTP/2 request in the form in which admission knows it (RFC 9113 section 8.3). */
import type { IncomingHttpHeaders } from 'node:http2';
import type { RequestHead } from './admission.ts';
import { HttpRefusal } from './refusal.ts';

/** What is about a connection has no place in a stream (RFC 9113 section 8.2.2). */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** Throws `HttpRefusal`. @param raw names and values in turn, pseudo-headers too */
export function headOf(headers: IncomingHttpHeaders, raw: readonly string[], secure: boolean): RequestHead {
  const { ':method': method, ':path': url, ':scheme': scheme, ':authority': authority } = headers;
  if (method === 'CONNECT') throw new HttpRefusal(405, 'CONNECT is not possible here');
  if (method === undefined || url === undefined || scheme === undefined)
    throw new HttpRefusal(400, 'a pseudo-header is missing');
  if (scheme !== (secure ? 'https' : 'http')) throw new HttpRefusal(400, 'another scheme than that of the connection');
  const { host } = headers;
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()) {
    throw new HttpRefusal(400, ':authority and Host differ');
  }
  if (!url.startsWith('/') && url !== '*') throw new HttpRefusal(400, 'the target is not a path');
  const rawHeaders: string[] = [];
  const named = authority ?? host;
  if (named !== undefined) rawHeaders.push('host', named);
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (name.startsWith(':') || name === 'host') continue;
    if (OF_CONNECTION.has(name) || (name === 'te' && raw[at + 1]!.toLowerCase() !== 'trailers')) {
      throw new HttpRefusal(400, `${name} has no place in HTTP/2`);
    }
    rawHeaders.push(name, raw[at + 1]!);
  }
  return { method, url, httpVersion: '2', rawHeaders, headers };
}
