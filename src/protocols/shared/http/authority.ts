/** Host and Origin: who a request believes to talk to, and which page sent it. */
import { isIPv4 } from 'node:net';

/** Lower case, port apart. An IPv6 host keeps its brackets. */
export interface Authority {
  readonly host: string;
  readonly port: number | undefined;
}

const AUTHORITY = /^(\[[0-9a-f:.%_~-]{2,80}[0-9a-z_.~-]*\]|[a-z0-9_](?:[a-z0-9._-]{0,252}))(?::(\d{1,5}))?$/;

/** RFC 9110 section 7.2; undefined for what is malformed. */
export function parseAuthority(text: string): Authority | undefined {
  const [, host, digits] = AUTHORITY.exec(text.toLowerCase()) ?? [];
  if (host === undefined) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  return port === undefined || port <= 65_535 ? { host, port } : undefined;
}

const LOOPBACK_V6 = /^\[(?:0{0,4}:){2,7}0{0,3}1\]$/;

/** `localhost`, `*.localhost`, a literal loopback address, or one of `more` (`name`, `*.name`; any port). */
export function isAllowedHost({ host }: Authority, more: readonly string[]): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (isIPv4(host) && host.startsWith('127.')) return true;
  if (LOOPBACK_V6.test(host)) return true;
  return more.some((name) => covers(name.toLowerCase(), host));
}

function covers(name: string, host: string): boolean {
  if (name.startsWith('*.')) return host.endsWith(name.slice(1)) && host.length > name.length - 1;
  return name === host || `[${name}]` === host;
}

/** `https://name:port` with the scheme's own port left out; undefined for `null` and whatever is no origin. */
export function parseOrigin(text: string): string | undefined {
  const [, scheme, rest] = /^(https?):\/\/([^/?#@]+)$/i.exec(text) ?? [];
  const authority = rest === undefined ? undefined : parseAuthority(rest);
  return scheme === undefined || authority === undefined ? undefined : originOf(scheme.toLowerCase(), authority);
}

export function originOf(scheme: string, { host, port }: Authority): string {
  const usual = scheme === 'https' ? 443 : 80;
  return `${scheme}://${host}${port === undefined || port === usual ? '' : `:${port}`}`;
}
