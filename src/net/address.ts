import { isIPv4, isIPv6 } from 'node:net';

/** `::ffff:192.0.2.1` → `192.0.2.1`: one client is one address, whichever socket it came through. Zones are dropped. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.split('%', 1);
  return /^::ffff:\d/i.test(bare) && isIPv4(bare.slice(7)) ? bare.slice(7) : bare;
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

/** Whom a limit counts: an IPv4 address, or the /64 of an IPv6 address, which one household or attacker owns whole. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const network = encodeIp(plain).fill(0, 8);
  return `${decodeIp(network)}/64`;
}

/** Whom greylisting takes for one sender: the /24 of an IPv4 address, the /64 of an IPv6 address. */
export function networkKey(address: string): string {
  const key = addressKey(address);
  return isIPv4(key) ? `${key.slice(0, key.lastIndexOf('.'))}.0/24` : key;
}

/** A valid address as its 4 or 16 octets. */
export function encodeIp(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number));
  // An IPv4 tail (`::ffff:192.0.2.1`) is two groups.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address.split('%', 1)[0] ?? '');
  const pair = (high: string | undefined, low: string | undefined) => ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : address;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  const octets = Buffer.alloc(16);
  for (const [index, group] of groups.entries()) octets.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  return octets;
}

/** 4 or 16 octets as an address in its canonical form (RFC 5952); an IPv4-mapped one as IPv4. */
export function decodeIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (octets[index * 2]! << 8) | octets[index * 2 + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return plainAddress(`::ffff:${octets.subarray(12).join('.')}`);
  }
  return compress(groups);
}

function compress(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
  }
  const text = groups.map((group) => group.toString(16));
  if (best.at === -1) return text.join(':');
  return `${text.slice(0, best.at).join(':')}::${text.slice(best.at + best.length).join(':')}`;
}
