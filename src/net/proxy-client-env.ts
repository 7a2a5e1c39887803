import { isIP } from 'node:net';
import type { Target } from '../contracts/protocol.ts';
import { createCidrList } from './cidr.ts';
import { parseProxy } from './proxy-client.ts';
import { isLoopbackHost } from './target-host.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which variable speaks for a scheme; every other scheme goes by `ALL_PROXY` alone. */
const VARIABLES: Readonly<Record<string, string>> = {
  http: 'HTTP_PROXY',
  dav: 'HTTP_PROXY',
  ws: 'HTTP_PROXY',
  https: 'HTTPS_PROXY',
  davs: 'HTTPS_PROXY',
  wss: 'HTTPS_PROXY',
};

/**
 * The proxy that the environment names for this target: `HTTP_PROXY`, `HTTPS_PROXY`, else `ALL_PROXY`, in lower case or
 * capitals; none for loopback, Unix sockets and what `NO_PROXY` lists. Throws as `parseTarget` for one that is no URL.
 */
export function proxyFromEnv(target: Target, env: Environment): Target | undefined {
  if (target.socket !== undefined || isLoopbackHost(target.host) || target.port === 0) return undefined;
  const named = VARIABLES[target.scheme];
  // A CGI program finds a request's `Proxy:` header in HTTP_PROXY, so there it is not believed.
  const forged = named === 'HTTP_PROXY' && env.REQUEST_METHOD !== undefined;
  const own = named === undefined ? undefined : env[named.toLowerCase()] || (forged ? undefined : env[named]);
  const proxy = own || env.all_proxy || env.ALL_PROXY;
  if (!proxy || isExempt(target, env.no_proxy || env.NO_PROXY || '')) return undefined;
  return parseProxy(proxy, { from: 'env' });
}

/** `*`, a host and the names below it, an address, a network; each may have a port. */
function isExempt({ host, port }: Target, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((item) => item !== '')
    .some((item) => {
      if (item === '*') return true;
      const [, place = '', only] = /^(\[[^\]]*\]|[^:]*|[^[]*:[^[]*:[^[]*?)(?::(\d+))?$/.exec(item) ?? [];
      const name = place.toLowerCase().replace(/^\[|\]$|^\*?\./g, '');
      return name !== '' && (only === undefined || Number(only) === port) && matches(host, name);
    });
}

function matches(host: string, name: string): boolean {
  if (host === name || host.endsWith(`.${name}`)) return true;
  if (isIP(host) === 0 || isIP(name.split('/', 1)[0] ?? '') === 0) return false;
  try {
    return createCidrList([name]).has(host);
  } catch {
    return false;
  }
}
