/** SPF records (RFC 7208 sections 4.6 and 12): read as a whole before anything in them is asked. */
import { isIPv4, isIPv6 } from 'node:net';
import { addressOctets } from './address.ts';
import { isDomainSpec } from './macros.ts';

export type Qualified = 'pass' | 'fail' | 'softfail' | 'neutral';

export interface Mechanism {
  readonly result: Qualified;
  readonly name: 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists';
  /** With macros; undefined: the domain itself. */
  readonly domain?: string;
  readonly network?: Uint8Array;
  /** Bits of an IPv4 and of an IPv6 network. */
  readonly bits4: number;
  readonly bits6: number;
}

export interface SpfRecord {
  readonly mechanisms: readonly Mechanism[];
  readonly redirect?: string;
}

const QUALIFIERS: Readonly<Record<string, Qualified>> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' };
const TERM = /^([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:([:/])(.*))?$/i;
const MODIFIER = /^([A-Za-z][A-Za-z0-9\-_.]*)=(.*)$/;

export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text);
}

/** Undefined where it is not as the RFC has it. */
export function parseSpf(text: string): SpfRecord | undefined {
  const mechanisms: Mechanism[] = [];
  const modifiers = new Map<string, string>();
  for (const word of text.slice('v=spf1'.length).split(' ')) {
    if (word === '') continue;
    const [, name, value] = MODIFIER.exec(word) ?? [];
    if (name !== undefined && value !== undefined) {
      const known = /^(?:redirect|exp)$/i.test(name);
      if (known && (modifiers.has(name.toLowerCase()) || !isDomainSpec(value))) return undefined;
      if (known) modifiers.set(name.toLowerCase(), value);
      continue;
    }
    const mechanism = parseMechanism(word);
    if (!mechanism) return undefined;
    mechanisms.push(mechanism);
  }
  const redirect = modifiers.get('redirect');
  return redirect === undefined ? { mechanisms } : { mechanisms, redirect };
}

function parseMechanism(word: string): Mechanism | undefined {
  const [, sign = '', written = '', mark, argument = ''] = TERM.exec(word) ?? [];
  if (written === '') return undefined;
  const name = written.toLowerCase() as Mechanism['name'];
  const result = QUALIFIERS[sign || '+']!;
  const plain = { result, name, bits4: 32, bits6: 128 };
  switch (name) {
    case 'all':
      return mark === undefined ? plain : undefined;
    case 'ip4':
    case 'ip6':
      return mark === ':' ? network(plain, argument) : undefined;
    case 'include':
    case 'exists':
      return mark === ':' && isDomainSpec(argument) ? { ...plain, domain: argument } : undefined;
    case 'ptr':
      if (mark === undefined) return plain;
      return mark === ':' && isDomainSpec(argument) ? { ...plain, domain: argument } : undefined;
    case 'a':
    case 'mx':
      return withBits(plain, mark === undefined ? '' : `${mark}${argument}`);
  }
}

function network(plain: Mechanism, argument: string): Mechanism | undefined {
  const [address = '', bits, more] = argument.split('/');
  const four = plain.name === 'ip4';
  const most = four ? 32 : 128;
  const size = bits === undefined ? most : number(bits, most);
  const octets = (four ? isIPv4 : isIPv6)(address) ? addressOctets(address) : undefined;
  if (!octets || size === undefined || more !== undefined) return undefined;
  // An IPv4 address written as IPv6 is compared with IPv4 addresses.
  if (octets.length === 4 && !four) return { ...plain, network: octets, bits4: Math.max(0, size - 96) };
  return four ? { ...plain, network: octets, bits4: size } : { ...plain, network: octets, bits6: size };
}

/** `[:domain][/bits][//bits]`. */
function withBits(plain: Mechanism, text: string): Mechanism | undefined {
  const [ending = '', four, six] = /(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/.exec(text) ?? [];
  const domain = text.slice(0, text.length - ending.length);
  const bits4 = four === undefined ? 32 : number(four, 32);
  const bits6 = six === undefined ? 128 : number(six, 128);
  if (bits4 === undefined || bits6 === undefined) return undefined;
  if (domain === '') return { ...plain, bits4, bits6 };
  if (!domain.startsWith(':') || !isDomainSpec(domain.slice(1))) return undefined;
  return { ...plain, domain: domain.slice(1), bits4, bits6 };
}

function number(text: string, most: number): number | undefined {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}
