/** One `Set-Cookie` line as a client understands it (RFC 6265 section 5.2, 5.3; prefixes as in its successor's draft). */
import { isIP } from 'node:net';

export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Without a leading dot, lower case. */
  readonly domain: string;
  /** Of exactly this host, and no name below it. */
  readonly hostOnly: boolean;
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Milliseconds since 1970; undefined: until the end of the session. */
  readonly expires: number | undefined;
}

const LONGEST = 4096;
/** Registries below two letters of a country, where anybody may have a name. */
const PUBLIC = /^(?:co|com|net|org|edu|gov|ac|ne|or|go)\.[a-z]{2}$/;

/** Undefined: not a cookie that `url` may set. */
export function parseSetCookie(line: string, url: URL, now: number): Cookie | undefined {
  if (line.length > LONGEST || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line)) return undefined;
  const [pair = '', ...rest] = line.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, at).trim();
  if (at === -1 || name === '') return undefined;
  const attributes = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf('=');
    const key = (equals === -1 ? part : part.slice(0, equals)).trim().toLowerCase();
    attributes.set(key, equals === -1 ? '' : part.slice(equals + 1).trim());
  }
  const host = hostOf(url);
  const wanted = (attributes.get('domain') ?? '').toLowerCase().replace(/^\./, '');
  if (wanted !== '' && !mayName(host, wanted)) return undefined;
  const path = attributes.get('path') ?? '';
  const cookie: Cookie = {
    name,
    value: pair.slice(at + 1).trim(),
    domain: wanted === '' ? host : wanted,
    hostOnly: wanted === '' || (wanted === host && isIP(host) !== 0),
    path: path.startsWith('/') ? path : defaultPath(url.pathname),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    expires: expiry(attributes, now),
  };
  return allowed(cookie, url, attributes) ? cookie : undefined;
}

export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** This machine counts as a safe way, as browsers have it. */
export function isSafeWay(url: URL): boolean {
  const host = hostOf(url);
  return url.protocol === 'https:' || host === 'localhost' || host.endsWith('.localhost') || /^127\.|^::1$/.test(host);
}

function mayName(host: string, domain: string): boolean {
  if (host === domain) return true;
  return isIP(host) === 0 && host.endsWith(`.${domain}`) && domain.includes('.') && !PUBLIC.test(domain);
}

function allowed(cookie: Cookie, url: URL, attributes: ReadonlyMap<string, string>): boolean {
  if (cookie.secure && !isSafeWay(url)) return false;
  if (/^__secure-/i.test(cookie.name)) return cookie.secure;
  if (/^__host-/i.test(cookie.name))
    return cookie.secure && !attributes.get('domain') && attributes.get('path') === '/';
  return true;
}

/** RFC 6265 section 5.1.4. */
function defaultPath(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

function expiry(attributes: ReadonlyMap<string, string>, now: number): number | undefined {
  const age = attributes.get('max-age');
  if (age !== undefined && /^-?\d{1,10}$/.test(age)) return Number(age) <= 0 ? 0 : now + Number(age) * 1000;
  const date = attributes.get('expires');
  // Dates of all the forms that servers write; what is no date is as if it were not there.
  const at = date === undefined ? Number.NaN : Date.parse(date.replace(/(\d{2})-([A-Za-z]{3})-(\d{2,4})/, '$1 $2 $3'));
  return Number.isNaN(at) ? undefined : at;
}
