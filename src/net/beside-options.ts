/** The options of a protocol with data connections, as people write them. */
import { isIP, isIPv4 } from 'node:net';
import type { Connection } from '../contracts/connection.ts';
import { CsError } from '../kit/errors.ts';
import { createCidrList } from './cidr.ts';

/** `49152-65535`; throws `CS_USAGE`. */
export function parsePorts(text: string): readonly [number, number] {
  const [, from = '', to = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const [low, high] = [Number(from), Number(to)];
  if (from === '' || low < 1024 || high > 65_535 || low > high) {
    throw new CsError('CS_USAGE', `not a range of ports: ${JSON.stringify(text)}`, {
      hint: 'write LOW-HIGH, from 1024 to 65535: 50000-50099',
    });
  }
  return [low, high];
}

/**
 * `203.0.113.7` for everybody but loopback, `10.0.0.0/8=10.1.1.1` for the clients of a network; the first that fits
 * counts. Throws `CS_USAGE`.
 */
export function parsePublicAddresses(rules: readonly string[]): (owner: Connection) => string | undefined {
  const parsed = rules.map((rule) => {
    const [first = '', second] = rule.split('=');
    const address = second ?? first;
    if (!isIPv4(address)) {
      const why = isIP(address) === 6 ? 'EPSV, which IPv6 clients use, names no address' : 'write an IPv4 address';
      throw new CsError('CS_USAGE', `not a public address: ${JSON.stringify(rule)}`, { hint: why });
    }
    return { address, network: second === undefined ? undefined : createCidrList([first]) };
  });
  return ({ peer }) => parsed.find(({ network }) => (network ? network.has(peer.address) : !peer.loopback))?.address;
}
