/** The address that a phone beside this machine can open. */
import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { isLoopback } from './exposure.ts';
import { type ReadyServer, urlHost } from './ready.ts';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Of the first server with pages; undefined where nobody else can reach one. */
export function phoneUrl(servers: readonly ReadyServer[], interfaces: Interfaces): string | undefined {
  const server = servers.find(({ protocol, hosts }) => protocol === 'http' && !hosts.every(isLoopback));
  if (server === undefined) return undefined;
  const open = server.hosts.filter((host) => !isLoopback(host));
  const named = open.find((host) => host !== '0.0.0.0' && host !== '::');
  const host = named ?? ownAddress(interfaces);
  if (host === undefined) return undefined;
  const scheme = server.url.slice(0, server.url.indexOf(':'));
  return `${scheme}://${urlHost(host)}:${server.port}/`;
}

const PRIVATE = /^(?:192\.168\.|10\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

/** A private IPv4 address first: that is the network that phones are in. */
function ownAddress(interfaces: Interfaces): string | undefined {
  const all = Object.values(interfaces)
    .flatMap((some) => some ?? [])
    .filter(({ internal, address }) => !internal && isIPv4(address))
    .map(({ address }) => address);
  return all.find((address) => PRIVATE.test(address)) ?? all[0];
}
