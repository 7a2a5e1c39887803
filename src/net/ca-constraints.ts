/**
 * What the local CA may vouch for, and no more: a stolen key must not speak for a public name. Written into the CA
 * certificate as critical name constraints (RFC 5280 section 4.2.1.10), so that every verifier holds to it.
 */
import { isIP } from 'node:net';
import { encodeIp } from './address.ts';
import { createCidrList } from './cidr.ts';

/** Each stands for itself and every name below it: `localhost`, `app.localhost`, `mail.test`. */
export const PERMITTED_NAMES = ['localhost', 'test'] as const;
export const PERMITTED_NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fe80::/10',
  'fc00::/7',
] as const;

const networks = createCidrList(PERMITTED_NETWORKS);

/** Whether a certificate for this host name or address would verify. */
export function isPermitted(host: string): boolean {
  if (isIP(host) !== 0) return networks.has(host);
  const name = host.toLowerCase();
  return PERMITTED_NAMES.some((permitted) => name === permitted || name.endsWith(`.${permitted}`));
}

/** The extension's value, DER: `NameConstraints ::= SEQUENCE { permittedSubtrees [0] SEQUENCE OF GeneralSubtree }`. */
export function encodeNameConstraints(): Uint8Array {
  const names = PERMITTED_NAMES.map((name) => der(0x30, der(0x82, Buffer.from(name, 'ascii'))));
  const subnets = PERMITTED_NETWORKS.map((network) => der(0x30, der(0x87, subnet(network))));
  return der(0x30, der(0xa0, Buffer.concat([...names, ...subnets])));
}

/** Address and mask, one after the other. */
function subnet(network: string): Uint8Array {
  const [address = '', bits = ''] = network.split('/');
  const octets = encodeIp(address);
  const mask = octets.map((_, index) => 0xff00 >> Math.min(8, Math.max(0, Number(bits) - index * 8)));
  return Buffer.concat([octets, mask.map((octet) => octet & 0xff)]);
}

function der(tag: number, value: Uint8Array): Uint8Array {
  const length = value.length < 0x80 ? [value.length] : [0x81, value.length];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}
