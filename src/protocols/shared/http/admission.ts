/** What must hold of a request before anything looks at its path (trust.md HT-12..24 and 37). */
import type { IncomingHttpHeaders } from 'node:http';
import { isIPv6 } from 'node:net';
import type { Connection } from '../../../contracts/connection.ts';
import { type Authority, isAllowedHost, originOf, parseAuthority, parseOrigin } from './authority.ts';
import { type CanonicalPath, canonicalPath } from './path.ts';
import { HttpRefusal } from './refusal.ts';

export interface AdmissionRules {
  /** Further names of this server: `--allow-host`. */
  readonly hosts: readonly string[];
  /** Further origins whose pages may call: `--allow-origin`. */
  readonly origins: readonly string[];
}

/** What a request says before its content. HTTP/2 puts `:authority` in the place of Host. */
export interface RequestHead {
  readonly method?: string;
  /** The target as it came. */
  readonly url?: string;
  readonly httpVersion: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
}

export interface Admitted extends CanonicalPath {
  /** The query without its `?`, as it came. */
  readonly search: string;
  /** Whom it believes to talk to. */
  readonly authority: Authority;
}

/** More header lines than this are 431; `node:http` counts their octets only. */
const HEADER_LINES = 200;
const READING = new Set(['GET', 'HEAD']);

/** Throws an `HttpRefusal`; most of them end the connection, see `endsConnection`. */
export function admit(message: RequestHead, conn: Connection, rules: AdmissionRules): Admitted {
  checkVersion(message);
  const hosts = checkHeaders(message.rawHeaders);
  // HTTP/1.0 has no Host (RFC 9112 section 3.2): who leaves it out means the address that was dialled.
  const dialled = hosts.length === 0 && message.httpVersion === '1.0';
  const authority = dialled ? addressOf(conn) : checkHost(hosts);
  const target = originForm(message, authority, conn.secure);
  if (!isAllowedHost(authority, rules.hosts) && !isAddress(authority.host, conn.local.address)) {
    throw new HttpRefusal(403, `this server does not answer for the host ${JSON.stringify(authority.host)}`, {
      hint: `--allow-host ${authority.host}`,
    });
  }
  checkOrigin(message, authority, conn, rules.origins);
  const at = target.indexOf('?');
  const search = at === -1 ? '' : target.slice(at + 1);
  if (target === '*') return { path: [], directory: true, search, authority };
  const { path, directory } = canonicalPath(at === -1 ? target : target.slice(0, at));
  return { path, directory, search, authority };
}

function addressOf({ local: { address, port } }: Connection): Authority {
  return { host: isIPv6(address) ? `[${address}]` : address, port };
}

/** The literal address that the client dialled: no name, so nobody else can have made it mean us. */
function isAddress(host: string, local: string): boolean {
  return host === local || host === `[${local}]`;
}

function checkVersion({ httpVersion }: RequestHead): void {
  if (httpVersion === '1.1' || httpVersion === '1.0' || httpVersion === '2') return;
  if (httpVersion === '0.9') throw new HttpRefusal(400, 'HTTP/0.9 is not spoken here');
  throw new HttpRefusal(505, 'only HTTP/1.1 is spoken here');
}

/** The values of Host; refuses what `node:http` would fold or pass. */
function checkHeaders(raw: readonly string[]): readonly string[] {
  if (raw.length > HEADER_LINES * 2) throw new HttpRefusal(431, `more than ${HEADER_LINES} header lines`);
  const hosts: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at]!.length === 4 && raw[at]!.toLowerCase() === 'host') hosts.push(raw[at + 1]!);
  }
  return hosts;
}

function checkHost(hosts: readonly string[]): Authority {
  const [host, second] = hosts;
  if (host === undefined) throw new HttpRefusal(400, 'no Host');
  if (second !== undefined) throw new HttpRefusal(400, 'two Hosts');
  const authority = parseAuthority(host);
  if (authority === undefined) throw new HttpRefusal(400, 'the Host is malformed');
  return authority;
}

/** The target as a path with query (RFC 9112 section 3.2). */
function originForm({ url = '', method, httpVersion, headers }: RequestHead, authority: Authority, tls: boolean) {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && httpVersion !== '1.1') throw new HttpRefusal(400, 'Transfer-Encoding in HTTP/1.0');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw unknownCoding(coding);
  if (url.includes('#')) throw new HttpRefusal(400, 'a fragment in the target');
  if (url === '*') {
    if (method !== 'OPTIONS') throw new HttpRefusal(400, 'the target * is for OPTIONS');
    return url;
  }
  if (url.startsWith('/')) return url;
  const [, scheme = '', rest = '', path = ''] = /^(https?):\/\/([^/?]*)(.*)$/i.exec(url) ?? [];
  const named = parseAuthority(rest);
  const own = tls ? 'https' : 'http';
  if (named === undefined || scheme.toLowerCase() !== own || originOf(own, named) !== originOf(own, authority)) {
    throw new HttpRefusal(400, 'the target names another server');
  }
  return path.startsWith('/') ? path : `/${path}`;
}

function unknownCoding(coding: string): HttpRefusal {
  const framed = /, *chunked$/i.test(coding);
  return framed ? new HttpRefusal(501, 'only chunked is known') : new HttpRefusal(400, 'the length is not known');
}

/** A page of another origin may read nothing (no CORS) and change nothing. */
function checkOrigin(
  { method = '', headers }: RequestHead,
  authority: Authority,
  { secure }: Connection,
  more: readonly string[],
): void {
  if (READING.has(method) && headers.upgrade === undefined) return;
  const { origin } = headers;
  if (origin !== undefined) {
    const own = originOf(secure ? 'https' : 'http', authority);
    const from = parseOrigin(origin);
    if (from !== undefined && (from === own || more.some((one) => parseOrigin(one) === from))) return;
    throw new HttpRefusal(403, `a page of ${JSON.stringify(origin.slice(0, 200))} may not do that`, {
      hint: '--allow-origin',
    });
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new HttpRefusal(403, 'a page of another site may not do that', { hint: '--allow-origin' });
  }
}

const ENDING = new Set([400, 408, 413, 414, 431, 501, 505]);

/** After such an answer nobody can be sure where the next request begins. */
export function endsConnection(status: number): boolean {
  return ENDING.has(status);
}
