/** What FEAT told (RFC 2389), and what of it matters to us. */
import type { HashName } from '../../contracts/files.ts';
import type { CommandName } from './commands.ts';
import type { Reply } from './wire.ts';

/** Name in capitals → its parameters as written. */
export type Features = ReadonlyMap<string, string>;

export function readFeatures({ lines }: Reply): Features {
  const features = new Map<string, string>();
  for (const line of lines.slice(1, -1)) {
    const [, name = '', parameters = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    const key = name.toUpperCase();
    if (key === '') continue;
    const before = features.get(key);
    features.set(key, before === undefined ? parameters : `${before}\n${parameters}`);
  }
  return features;
}

export function featureLines(features: Features): string[] {
  return [...features].flatMap(([name, parameters]) => parameters.split('\n').map((one) => `${name} ${one}`.trimEnd()));
}

/** Facts that a stat is made of (RFC 3659 section 7.5). */
const WANTED = ['type', 'size', 'modify', 'perm', 'unique', 'unix.mode'];

/** The argument of `OPTS MLST` that asks for all we use; undefined where the server gives them unasked. */
export function factsToAskFor(features: Features): string | undefined {
  const offered = (features.get('MLST') ?? '').split(';').map((fact) => fact.trim());
  const wanted = offered.filter((fact) => WANTED.includes(fact.replace('*', '').toLowerCase()));
  if (wanted.every((fact) => fact.endsWith('*'))) return undefined;
  return `${wanted.map((fact) => fact.replace('*', '')).join(';')};`;
}

/** How an algorithm is asked for: a command of its own, or HASH with this name. */
export interface HashWay {
  readonly command: CommandName;
  /** After `OPTS HASH`; undefined for a command of its own. */
  readonly option?: string;
}

const OWN: Readonly<Record<HashName, CommandName>> = {
  sha256: 'XSHA256',
  sha512: 'XSHA512',
  sha1: 'XSHA1',
  md5: 'XMD5',
  crc32: 'XCRC',
};

/** The way to each hash that the server has. */
export function hashWays(features: Features): ReadonlyMap<HashName, HashWay> {
  const named = (features.get('HASH') ?? '').split(';').map((name) => name.replace('*', '').trim());
  const ways = new Map<HashName, HashWay>();
  for (const name of Object.keys(OWN) as HashName[]) {
    const option = named.find((one) => one.toLowerCase().replace('-', '') === name);
    if (option) ways.set(name, { command: 'HASH', option });
    else if (features.has(OWN[name])) ways.set(name, { command: OWN[name] });
  }
  return ways;
}
