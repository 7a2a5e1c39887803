/** DKIM signatures of a message, each with its result (RFC 6376 section 6, RFC 8463, results as in RFC 8601 section 2.7.1). */
import { createHash, verify } from 'node:crypto';
import type { TextNames } from '../mail-names.ts';
import { isNoName } from '../mail-names.ts';
import { BodyHash, type Canonicalization, canonicalField } from './canonical.ts';
import { type Field, headFields, splitMessage } from './head.ts';
import { type KeyRecord, type NoKey, parseKeyRecord } from './key-record.ts';
import { readSignature, type Signature, signatureTags } from './signature.ts';

export interface DkimResult {
  readonly result: 'pass' | 'fail' | 'policy' | 'permerror' | 'temperror';
  readonly reason?: string;
  /** As the signature has them, where it can be read. */
  readonly domain?: string;
  readonly selector?: string;
  readonly algorithm?: string;
  readonly identity?: string;
  /** The first octets of b=, to tell two signatures apart (RFC 6008). */
  readonly proof?: string;
  /** The domain only tries it out. */
  readonly testing?: boolean;
}

/** Each costs a look-up and a public-key operation: a stranger does not say how many. */
const MOST = 10;

/** From the top down. Empty: not signed. @param message with CRLF line ends @param now for t= and x= */
export async function dkimVerify(message: Buffer, names: TextNames, now = new Date()): Promise<DkimResult[]> {
  const { head, body } = splitMessage(message);
  const fields = headFields(head);
  const seconds = Math.floor(now.getTime() / 1000);
  const hashes = new Map<Canonicalization, string>();
  const bodyHash = (how: Canonicalization): string => {
    const hash = hashes.get(how) ?? new BodyHash(how).update(body).digest();
    hashes.set(how, hash);
    return hash;
  };
  const results: DkimResult[] = [];
  for (const field of fields) {
    if (field.name !== 'dkim-signature') continue;
    const tags = signatureTags(field);
    const facts = tags ? described(tags) : {};
    if (results.length === MOST) {
      results.push({ ...facts, result: 'policy', reason: `more than ${MOST} signatures` });
      break;
    }
    const signature = readSignature(tags, seconds);
    results.push({ ...facts, ...('result' in signature ? signature : await judge(signature, field)) });
  }
  return results;

  async function judge(signature: Signature, field: Field): Promise<DkimResult> {
    if (bodyHash(signature.body) !== signature.bodyHash) return { result: 'fail', reason: 'the body was changed' };
    const found = await lookUp(signature, names);
    if ('result' in found) return found;
    const testing = found.testing ? { testing: true } : {};
    if (found.kind !== signature.kind) return { result: 'permerror', reason: 'the key is of another kind', ...testing };
    if (found.exact && signature.identityDomain !== signature.domain.toLowerCase()) {
      return { result: 'permerror', reason: 'i= names a subdomain and the key forbids it', ...testing };
    }
    const octets = signedOctets(fields, field, signature);
    const right =
      found.kind === 'rsa'
        ? verify('sha256', octets, found.key, signature.proof)
        : verify(null, createHash('sha256').update(octets).digest(), found.key, signature.proof);
    return right
      ? { result: 'pass', ...testing }
      : { result: 'fail', reason: 'the signature is not right', ...testing };
  }
}

/** The first record that is a key; several are undefined by the RFC. */
async function lookUp({ selector, domain }: Signature, names: TextNames): Promise<KeyRecord | DkimResult> {
  let texts: readonly string[];
  try {
    texts = await names.txt(`${selector}._domainkey.${domain}`);
  } catch (error) {
    if (!isNoName(error)) return { result: 'temperror', reason: 'nobody answered for the key' };
    texts = [];
  }
  let none: NoKey = { problem: 'no key' };
  for (const text of texts) {
    const record = parseKeyRecord(text);
    if (!('problem' in record)) return record;
    none = record;
  }
  return { result: 'permerror', reason: none.problem };
}

/** From the bottom up for each name; a name too often stands for a field that nobody may add (RFC 6376 section 5.4.2). */
function signedOctets(fields: readonly Field[], own: Field, { fields: wanted, header }: Signature): Buffer {
  const left = new Map<string, Field[]>();
  for (const field of fields) {
    if (field === own) continue;
    const same = left.get(field.name);
    if (same) same.push(field);
    else left.set(field.name, [field]);
  }
  const chosen: string[] = [];
  for (const name of wanted) {
    const field = left.get(name)?.pop();
    if (field) chosen.push(canonicalField(field, header));
  }
  chosen.push(canonicalField({ name: own.name, raw: withoutProof(own.raw) }, header));
  return Buffer.from(chosen.join('\r\n'), 'latin1');
}

/** All that stands between `b=` and the next semicolon. */
function withoutProof(raw: string): string {
  const start = raw.indexOf(':') + 1;
  const specs = raw.slice(start).split(';');
  return (
    raw.slice(0, start) +
    specs.map((spec) => (/^\s*b\s*=/.test(spec) ? spec.slice(0, spec.indexOf('=') + 1) : spec)).join(';')
  );
}

function described(tags: ReadonlyMap<string, string>): Omit<DkimResult, 'result'> {
  const known = { domain: tags.get('d'), selector: tags.get('s'), algorithm: tags.get('a'), identity: tags.get('i') };
  const proof = tags
    .get('b')
    ?.replace(/[ \t\r\n]/g, '')
    .slice(0, 8);
  return Object.fromEntries(Object.entries({ ...known, proof }).filter(([, value]) => value !== undefined));
}
