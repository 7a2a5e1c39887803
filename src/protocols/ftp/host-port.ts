/** Where a data connection goes, as PORT, PASV (RFC 959), EPRT and EPSV (RFC 2428) write it. */
import { isIPv4, isIPv6 } from 'node:net';

export interface HostPort {
  readonly address: string;
  readonly port: number;
}

/** `192,0,2,1,195,80`. IPv4 alone. */
export function formatHostPort({ address, port }: HostPort): string {
  return `${address.replaceAll('.', ',')},${port >> 8},${port & 255}`;
}

/** Also from within the text of a 227, with or without parentheses. Undefined where there are no six octets. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, ...found] =
    /(?:^|[^\d,])(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})(?:[^\d,]|$)/.exec(text) ?? [];
  const octets = found.map(Number);
  if (octets.length !== 6 || octets.some((octet) => octet > 255)) return undefined;
  return { address: octets.slice(0, 4).join('.'), port: octets[4]! * 256 + octets[5]! };
}

/** `|1|192.0.2.1|50000|`, `|2|2001:db8::1|50000|`. */
export function formatNetwork({ address, port }: HostPort): string {
  return `|${isIPv6(address) ? 2 : 1}|${address}|${port}|`;
}

/** `protocol`: the network protocol is unknown, or not the address's. Undefined for anything else that is wrong. */
export function parseNetwork(text: string): HostPort | 'protocol' | undefined {
  const [, , protocol = '', address = '', digits = ''] =
    /^([\x21-\x7e])([^\s]{1,2})\1([0-9A-Fa-f:.%]{2,64})\1(\d{1,5})\1$/.exec(text) ?? [];
  const port = digits === '' ? Number.NaN : Number(digits);
  if (!(port <= 65_535)) return undefined;
  const fits = protocol === '1' ? isIPv4(address) : protocol === '2' && isIPv6(address);
  if (fits) return { address, port };
  return isIPv4(address) || isIPv6(address) ? 'protocol' : undefined;
}

/** `|||50000|`. */
export function formatExtendedPort(port: number): string {
  return `|||${port}|`;
}

/** From within the text of a 229. */
export function parseExtendedPort(text: string): number | undefined {
  const [, , digits] = /\(([\x21-\x7e])\1\1(\d{1,5})\1\)/.exec(text) ?? [];
  const port = Number(digits ?? Number.NaN);
  return port > 0 && port <= 65_535 ? port : undefined;
}
