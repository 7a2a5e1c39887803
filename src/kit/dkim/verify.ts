/** DKIM signatures of a message, each with its result (RFC 6376 section 6, RFC 8463, results as in RFC 8601 section 2.7.1). */
import type { TextNames } from '../mail-names.ts';
import type { Field } from './head.ts';
import { isRight, keyFor } from './key-lookup.ts';
import { type DkimSignature, readSignature, signatureTags } from './signature.ts';
import { SignedMessage } from './signed-message.ts';

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
/** Characters of a fact that is shown; no name is longer. */
const LONGEST = 255;

/**
 * From the top down. Empty: not signed.
 * @param message with CRLF line ends
 * @param now for t= and x=
 */
export async function dkimVerify(
  message: Buffer | SignedMessage,
  names: TextNames,
  now = new Date(),
): Promise<DkimResult[]> {
  const signed = SignedMessage.of(message);
  if (signed.large) return [{ result: 'policy', reason: 'the header is too large to be looked at' }];
  const seconds = Math.floor(now.getTime() / 1000);
  const results: DkimResult[] = [];
  for (const field of signed.named('dkim-signature')) {
    const tags = signatureTags(field);
    const facts = tags ? described(tags) : {};
    if (results.length === MOST) {
      results.push({ ...facts, result: 'policy', reason: `more than ${MOST} signatures` });
      break;
    }
    const signature = readSignature(tags, seconds);
    results.push({ ...facts, ...('result' in signature ? signature : await judge(signed, field, signature, names)) });
  }
  return results;
}

async function judge(
  message: SignedMessage,
  field: Field,
  signature: DkimSignature,
  names: TextNames,
): Promise<DkimResult> {
  if (message.bodyHash(signature.body) !== signature.bodyHash)
    return { result: 'fail', reason: 'the body was changed' };
  const found = await keyFor(signature, names);
  if ('result' in found) return found;
  const testing = found.testing ? { testing: true } : {};
  if (found.exact && signature.identityDomain !== signature.domain.toLowerCase()) {
    return { result: 'permerror', reason: 'i= names a subdomain and the key forbids it', ...testing };
  }
  return isRight(found, signature, message.signedOctets(field, signature))
    ? { result: 'pass', ...testing }
    : { result: 'fail', reason: 'the signature is not right', ...testing };
}

function described(tags: ReadonlyMap<string, string>): Omit<DkimResult, 'result'> {
  const known = { domain: tags.get('d'), selector: tags.get('s'), algorithm: tags.get('a'), identity: tags.get('i') };
  const proof = tags
    .get('b')
    ?.replace(/[ \t\r\n]/g, '')
    .slice(0, 8);
  const facts = Object.entries({ ...known, proof }).map(([name, value]) => [name, value?.slice(0, LONGEST)] as const);
  return Object.fromEntries(facts.filter(([, value]) => value !== undefined));
}
