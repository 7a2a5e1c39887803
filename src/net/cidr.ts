import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { CsError } from '../kit/errors.ts';
import { plainAddress } from './address.ts';

/** A list of networks. An empty one has nobody in it. */
export interface CidrList {
  readonly size: number;
  has(address: string): boolean;
}

/** `127.0.0.0/8`, `fd00::/8`, or a single address; throws `CS_USAGE`. */
export function createCidrList(networks: readonly string[]): CidrList {
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network.trim());
  return {
    size: networks.length,
    has: (address) => {
      if (networks.length === 0) return false;
      const plain = plainAddress(address);
      if (isIPv4(plain)) return list.check(plain, 'ipv4');
      return isIPv6(plain) && list.check(plain, 'ipv6');
    },
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', length, more] = network.split('/');
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) && !address.includes('%') ? 'ipv6' : undefined;
  const most = family === 'ipv4' ? 32 : 128;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (family === undefined || more !== undefined || !(bits <= most)) {
    throw new CsError('CS_USAGE', `not a network: ${JSON.stringify(network)}`, {
      hint: 'write an address or a network: 10.0.0.0/8, fd00::/8, 192.0.2.7',
    });
  }
  list.addSubnet(address, bits, family);
}
