import type { Target } from '../../../contracts/protocol.ts';

/** Where a target's requests go; user and password never stand in it. */
export function urlOf(target: Target): URL {
  const host = target.host.replace(/%.*$/, '');
  const named = host.includes(':') ? `[${host}]` : host || 'localhost';
  const port = target.socket === undefined ? `:${target.port}` : '';
  return new URL(`${target.tls === 'implicit' ? 'https' : 'http'}://${named}${port}${target.resource ?? '/'}`);
}

/** A URL, or a path with its query at `base`'s server: `//x` is a path here, and names no other server. Throws `TypeError`. */
export function urlAt(base: URL, text: string): URL {
  return text.startsWith('/') ? new URL(`${base.origin}${text}`) : new URL(text, base);
}

/** `path?query` as a request line has it (RFC 9112 section 3.2.1). */
export function resourceOf(url: URL): string {
  return `${url.pathname}${url.search}`;
}

/** Another place that was reached from `base`: nobody's name, nobody's socket. */
export function targetAt(base: Target, url: URL): Target {
  if (url.origin === urlOf(base).origin) return base;
  const https = url.protocol === 'https:';
  return {
    scheme: https ? 'https' : 'http',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (https ? 443 : 80)),
    tls: https ? 'implicit' : 'none',
    user: undefined,
    password: undefined,
    path: [],
    query: new Map(),
    resource: resourceOf(url),
    shown: shownUrl(url),
  };
}

/** Names of parameters whose values are secrets more often than not. */
const SECRET =
  /^(?:.*[_-])?(?:token|secret|password|passwd|pwd|apikey|api[_-]?key|key|sig|signature|auth|code|session|sid|jwt)$/i;

/** A URL for people and logs. */
export function shownUrl(url: URL): string {
  const query = url.search
    .slice(1)
    .split('&')
    .map((part) => {
      const at = part.indexOf('=');
      return at !== -1 && SECRET.test(part.slice(0, at)) ? `${part.slice(0, at)}=***` : part;
    })
    .join('&');
  return `${url.origin}${url.pathname}${query === '' ? '' : `?${query}`}`;
}
