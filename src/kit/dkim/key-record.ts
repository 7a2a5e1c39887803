/** A public key as DNS has it (RFC 6376 section 3.6.1, RFC 8463 section 4). */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { base64Value, colonList, parseTags } from './tags.ts';

export interface KeyRecord {
  readonly kind: 'rsa' | 'ed25519';
  readonly key: KeyObject;
  /** `t=y`: the domain only tries it out. */
  readonly testing: boolean;
  /** `t=s`: i= names the domain itself, nothing below it. */
  readonly exact: boolean;
}

/** Why it is no key for mail, in words for a report. */
export interface NoKey {
  readonly problem: string;
}

const MINIMUM_RSA = 1024;
/** RFC 8301 asks for 4096; a stranger's key does not say how long we count. */
const MAXIMUM_RSA = 8192;
const LARGEST_EXPONENT = 2n ** 64n;

export function parseKeyRecord(text: string): KeyRecord | NoKey {
  const tags = parseTags(text);
  if (!tags) return { problem: 'the key record cannot be read' };
  const version = tags.get('v');
  if (version !== undefined && (version !== 'DKIM1' || [...tags.keys()][0] !== 'v')) {
    return { problem: 'the key record is of another version' };
  }
  const encoded = tags.get('p');
  if (encoded === undefined) return { problem: 'the key record has no key' };
  if (encoded === '') return { problem: 'the key is revoked' };
  const hashes = tags.get('h');
  if (hashes !== undefined && !colonList(hashes).includes('sha256')) return { problem: 'the key is not for SHA-256' };
  const services = colonList(tags.get('s') ?? '*');
  if (!services.includes('*') && !services.includes('email')) return { problem: 'the key is not for mail' };
  const kind = tags.get('k') ?? 'rsa';
  if (kind !== 'rsa' && kind !== 'ed25519') return { problem: `a key of unknown kind` };
  const octets = base64Value(encoded);
  const key = octets && (kind === 'rsa' ? rsaKey(octets) : ed25519Key(octets));
  if (!key) return { problem: `the key record holds no ${kind} key` };
  const problem = kind === 'rsa' ? rsaProblem(key) : undefined;
  if (problem !== undefined) return { problem };
  const flags = colonList(tags.get('t') ?? '');
  return { kind, key, testing: flags.includes('y'), exact: flags.includes('s') };
}

/** RFC 8301 section 3.2. */
function rsaProblem({ asymmetricKeyDetails: details }: KeyObject): string | undefined {
  const bits = details?.modulusLength ?? 0;
  if (bits < MINIMUM_RSA) return `an RSA key below ${MINIMUM_RSA} bits`;
  if (bits > MAXIMUM_RSA) return `an RSA key above ${MAXIMUM_RSA} bits`;
  return (details?.publicExponent ?? 0n) > LARGEST_EXPONENT ? 'an RSA key with an exponent above 64 bits' : undefined;
}

/** SubjectPublicKeyInfo as everybody publishes it, RSAPublicKey as the RFC says it (erratum 3017). */
function rsaKey(octets: Buffer): KeyObject | undefined {
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      const key = createPublicKey({ key: octets, format: 'der', type });
      if (key.asymmetricKeyType === 'rsa') return key;
    } catch {
      // The other way to write it.
    }
  }
  return undefined;
}

/** The 32 octets alone. */
function ed25519Key(octets: Buffer): KeyObject | undefined {
  if (octets.length !== 32) return undefined;
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: octets.toString('base64url') }, format: 'jwk' });
}
