/** The DKIM-Signature field (RFC 6376 section 3.5): read, and judged as far as that needs no key. */
import type { Canonicalization } from './canonical.ts';
import type { Field } from './head.ts';
import { base64Value, colonList, parseTags } from './tags.ts';

/** Who signed, by which key. */
export interface Proof {
  readonly kind: 'rsa' | 'ed25519';
  readonly proof: Buffer;
  readonly domain: string;
  readonly selector: string;
}

/** Over header fields and a body: a DKIM-Signature, or an ARC-Message-Signature. */
export interface Signature extends Proof {
  /** Base64. */
  readonly bodyHash: string;
  readonly header: Canonicalization;
  readonly body: Canonicalization;
  /** Lower case, in their order; one name may stand several times. */
  readonly fields: readonly string[];
}

export interface DkimSignature extends Signature {
  /** Of i=, lower case. */
  readonly identityDomain: string;
}

type Tags = ReadonlyMap<string, string>;

/** Judged already. `policy`: it may be right, and nobody should believe it all the same (RFC 8601 section 2.7.1). */
export interface Unfit {
  readonly result: 'permerror' | 'policy' | 'fail';
  readonly reason: string;
}

const DOMAIN = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$/;
/** Seconds that two clocks may differ. */
const SKEW = 300;

export function signatureTags(field: Field): Tags | undefined {
  return parseTags(field.raw.slice(field.raw.indexOf(':') + 1));
}

const broken = (reason: string): Unfit => ({ result: 'permerror', reason });

/** @param now seconds since 1970 */
export function readSignature(tags: Tags | undefined, now: number): DkimSignature | Unfit {
  if (!tags) return broken('the signature cannot be read');
  const version = tags.get('v');
  if (version === undefined) return broken('the signature has no v=');
  if (version !== '1') return broken('the signature is of another version');
  const signature = readCovering(tags, now);
  if ('result' in signature) return signature;
  const domain = signature.domain.toLowerCase();
  const identityDomain = (tags.get('i') ?? domain).split('@').at(-1)!.toLowerCase();
  if (!`.${identityDomain}`.endsWith(`.${domain}`)) return broken('i= is not below d=');
  return { ...signature, identityDomain };
}

/** What DKIM-Signature and ARC-Message-Signature have alike. */
export function readCovering(tags: Tags, now: number): Signature | Unfit {
  const signer = readProof(tags);
  if ('result' in signer) return signer;
  const missing = ['bh', 'h'].find((name) => !tags.has(name));
  if (missing !== undefined) return broken(`the signature has no ${missing}=`);
  const [, header, body = 'simple'] = /^(simple|relaxed)(?:\/(simple|relaxed))?$/.exec(tags.get('c') ?? 'simple') ?? [];
  if (header === undefined) return broken('an unknown canonical form');
  if (!colonList(tags.get('q') ?? 'dns/txt').includes('dns/txt')) return broken('the key is not in DNS');
  const fields = colonList((tags.get('h') ?? '').toLowerCase());
  if (!fields.includes('from')) return broken('From is not signed');
  const bodyHash = base64Value(tags.get('bh') ?? '');
  if (bodyHash?.length !== 32) return broken('bh= is no SHA-256');
  if (tags.has('l')) return { result: 'policy', reason: 'l= leaves the end of the body to anybody' };
  return (
    untimely(tags, now) ?? {
      ...signer,
      bodyHash: bodyHash.toString('base64'),
      header: header as Canonicalization,
      body: body as Canonicalization,
      fields,
    }
  );
}

/** What these two and ARC-Seal have alike. */
export function readProof(tags: Tags): Proof | Unfit {
  const missing = ['a', 'b', 'd', 's'].find((name) => !tags.has(name));
  if (missing !== undefined) return broken(`the signature has no ${missing}=`);
  const tag = (name: string): string => tags.get(name) ?? '';
  const [, kind] = /^(rsa|ed25519)-sha256$/.exec(tag('a')) ?? [];
  // RFC 8301 section 3.1.
  if (tag('a') === 'rsa-sha1') return broken('SHA-1 proves nothing');
  if (kind !== 'rsa' && kind !== 'ed25519') return broken('an unknown algorithm');
  const [domain, selector] = [tag('d'), tag('s')];
  if (!DOMAIN.test(domain) || !DOMAIN.test(selector)) return broken('d= and s= are not names');
  const proof = base64Value(tag('b'));
  return proof ? { kind, proof, domain, selector } : broken('b= is not what the algorithm makes');
}

function untimely(tags: Tags, now: number): Unfit | undefined {
  const [signed, expires] = [tags.get('t'), tags.get('x')];
  for (const time of [signed, expires]) {
    if (time !== undefined && !/^\d{1,12}$/.test(time))
      return { result: 'permerror', reason: 't= and x= are not times' };
  }
  if (signed !== undefined && expires !== undefined && Number(expires) <= Number(signed)) {
    return { result: 'permerror', reason: 'the signature ends before it begins' };
  }
  if (signed !== undefined && Number(signed) > now + SKEW) return { result: 'policy', reason: 'signed in the future' };
  if (expires !== undefined && Number(expires) < now) return { result: 'fail', reason: 'the signature has expired' };
  return undefined;
}
