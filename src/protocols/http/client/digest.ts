/** Digest access authentication (RFC 7616), `qop=auth` and the older form without; SHA-256 before MD5. */
import { createHash, randomBytes } from 'node:crypto';
import { CsError } from '../../../kit/errors.ts';
import type { Challenge } from './challenge.ts';

const HASHES: Readonly<Record<string, string>> = {
  'sha-512-256': 'sha512-256',
  'sha-256': 'sha256',
  md5: 'md5',
};
const STRENGTH = Object.keys(HASHES);

/** The strongest digest challenge that we can answer, or undefined. */
export function strongest(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges
    .filter((challenge) => challenge.scheme === 'digest' && rank(challenge) !== -1 && spoken(challenge))
    .sort((a, b) => rank(a) - rank(b))[0];
}

function rank({ parameters }: Challenge): number {
  return STRENGTH.indexOf(algorithm(parameters).replace(/-sess$/, ''));
}

function algorithm(parameters: Challenge['parameters']): string {
  return (parameters.get('algorithm') ?? 'MD5').toLowerCase();
}

function spoken({ parameters }: Challenge): boolean {
  const qop = parameters.get('qop');
  return parameters.has('nonce') && (qop === undefined || qop.split(',').some((word) => word.trim() === 'auth'));
}

/** One nonce, and how often it was used. */
export class DigestLogin {
  readonly #challenge: Challenge;
  #count = 0;

  constructor(challenge: Challenge) {
    this.#challenge = challenge;
  }

  /** The value of `Authorization` for one request. @param cnonce ours; random where nothing is said */
  answer(
    user: string,
    password: string,
    method: string,
    uri: string,
    cnonce = randomBytes(16).toString('hex'),
  ): string {
    const { parameters } = this.#challenge;
    const named = algorithm(parameters);
    const hash = HASHES[named.replace(/-sess$/, '')];
    if (hash === undefined) throw new CsError('CS_UNSUPPORTED', `an unknown digest algorithm: ${named.slice(0, 40)}`);
    const digest = (text: string): string => createHash(hash).update(text).digest('hex');
    const realm = parameters.get('realm') ?? '';
    const nonce = parameters.get('nonce') ?? '';
    const qop = parameters.has('qop') ? 'auth' : undefined;
    this.#count += 1;
    const nc = this.#count.toString(16).padStart(8, '0');
    const secret = digest(`${user}:${realm}:${password}`);
    const a1 = named.endsWith('-sess') ? digest(`${secret}:${nonce}:${cnonce}`) : secret;
    const a2 = digest(`${method}:${uri}`);
    const response = digest(qop === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);
    const hashed = parameters.get('userhash') === 'true';
    const name = hashed ? digest(`${user}:${realm}`) : user;
    const plain = /^[\x20-\x7e]*$/.test(name);
    const parts = [
      plain ? `username=${quoted(name)}` : `username*=UTF-8''${encodeURIComponent(name)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `uri=${quoted(uri)}`,
      ...(parameters.has('algorithm') ? [`algorithm=${parameters.get('algorithm')}`] : []),
      `response="${response}"`,
      ...(parameters.has('opaque') ? [`opaque=${quoted(parameters.get('opaque') ?? '')}`] : []),
      ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`]),
      ...(qop === undefined && !named.endsWith('-sess') ? [] : [`cnonce="${cnonce}"`]),
      ...(hashed ? ['userhash=true'] : []),
    ];
    return `Digest ${parts.join(', ')}`;
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
