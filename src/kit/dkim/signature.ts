/** The DKIM-Signature field (RFC 6376 section 3.5): read, and judged as far as that needs no key. */
import type { Canonicalization } from './canonical.ts';
import type { Field } from './head.ts';
import { base64Value, colonList, parseTags } from './tags.ts';

export interface Signature {
  readonly kind: 'rsa' | 'ed25519';
  readonly proof: Buffer;
  /** Base64. */
  readonly bodyHash: string;
  readonly header: Canonicalization;
  readonly body: Canonicalization;
  readonly domain: string;
  readonly selector: string;
  /** Of i=, lower case. */
  readonly identityDomain: string;
  /** Lower case, in their order; one name may stand several times. */
  readonly fields: readonly string[];
}

/** Judged already. `policy`: it may be right, and nobody should believe it all the same (RFC 8601 section 2.7.1). */
export interface Unfit {
  readonly result: 'permerror' | 'policy' | 'fail';
  readonly reason: string;
}

const REQUIRED = ['v', 'a', 'b', 'bh', 'd', 'h', 's'];
const DOMAIN = /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$/;
/** Seconds that two clocks may differ. */
const SKEW = 300;

export function signatureTags(field: Field): ReadonlyMap<string, string> | undefined {
  return parseTags(field.raw.slice(field.raw.indexOf(':') + 1));
}

/** @param now seconds since 1970 */
export function readSignature(tags: ReadonlyMap<string, string> | undefined, now: number): Signature | Unfit {
  const broken = (reason: string): Unfit => ({ result: 'permerror', reason });
  if (!tags) return broken('the signature cannot be read');
  const missing = REQUIRED.find((name) => !tags.has(name));
  if (missing !== undefined) return broken(`the signature has no ${missing}=`);
  const tag = (name: string): string => tags.get(name) ?? '';
  if (tag('v') !== '1') return broken('the signature is of another version');
  const [, kind] = /^(rsa|ed25519)-sha256$/.exec(tag('a')) ?? [];
  // RFC 8301 section 3.1.
  if (tag('a') === 'rsa-sha1') return broken('SHA-1 proves nothing');
  if (kind !== 'rsa' && kind !== 'ed25519') return broken('an unknown algorithm');
  const [, header, body = 'simple'] = /^(simple|relaxed)(?:\/(simple|relaxed))?$/.exec(tags.get('c') ?? 'simple') ?? [];
  if (header === undefined) return broken('an unknown canonical form');
  const [domain, selector] = [tag('d'), tag('s')];
  if (!DOMAIN.test(domain) || !DOMAIN.test(selector)) return broken('d= and s= are not names');
  const identityDomain = (tags.get('i') ?? domain).split('@').at(-1)!.toLowerCase();
  if (!`.${identityDomain}`.endsWith(`.${domain.toLowerCase()}`)) return broken('i= is not below d=');
  if (!colonList(tags.get('q') ?? 'dns/txt').includes('dns/txt')) return broken('the key is not in DNS');
  const fields = colonList(tag('h').toLowerCase());
  if (!fields.includes('from')) return broken('From is not signed');
  const [proof, bodyHash] = [base64Value(tag('b')), base64Value(tag('bh'))];
  if (!proof || bodyHash?.length !== 32) return broken('b= and bh= are not what the algorithm makes');
  if (tags.has('l')) return { result: 'policy', reason: 'l= leaves the end of the body to anybody' };
  const late = untimely(tags, now);
  if (late) return late;
  return {
    kind,
    proof,
    bodyHash: bodyHash.toString('base64'),
    header: header as Canonicalization,
    body: body as Canonicalization,
    domain,
    selector,
    identityDomain,
    fields,
  };
}

function untimely(tags: ReadonlyMap<string, string>, now: number): Unfit | undefined {
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
