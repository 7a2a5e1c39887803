/** Addresses as octets: networks are compared bit by bit. */
import { isIPv4, isIPv6 } from 'node:net';

/** 4 or 16 octets; an IPv4 address that came as IPv6 (`::ffff:192.0.2.1`) is one of IPv4. Undefined: no address. */
export function addressOctets(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [before = '', after] = text.split('::');
  const head = groups(before);
  const tail = after === undefined ? [] : groups(after);
  const octets = Uint8Array.from([...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail]);
  const mapped = octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255;
  return mapped ? octets.subarray(12) : octets;
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** @param bits that have to be the same, from the first one on */
export function sameNetwork(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  if (a.length !== b.length) return false;
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) if (a[at] !== b[at]) return false;
  const rest = bits & 7;
  return rest === 0 || (a[whole]! ^ b[whole]!) >> (8 - rest) === 0;
}

/** For the macro `i`: dotted octets, or every nibble (RFC 7208 section 7.3). */
export function dotted(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  return [...Buffer.from(octets).toString('hex')].join('.');
}
