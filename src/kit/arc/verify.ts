/** Is the chain of custody of a forwarded message whole? Validation of ARC chains (RFC 8617 section 5.2). */
import { isRight, keyFor } from '../dkim/key-lookup.ts';
import { readCovering, readProof, type Unfit } from '../dkim/signature.ts';
import { SignedMessage } from '../dkim/signed-message.ts';
import type { TextNames } from '../mail-names.ts';
import { sealedOctets } from './sealed-octets.ts';
import { type ArcSet, arcSets } from './sets.ts';

/** One server on the way, as it says of itself. */
export interface ArcHop {
  readonly instance: number;
  /** Of its seal. */
  readonly domain?: string;
  readonly selector?: string;
  /** What it found, as it wrote it; at most 1,000 characters. */
  readonly results: string;
}

export interface ArcVerdict {
  /** `none`: no chain. `temperror`: it may be whole, and nobody answered for a key. */
  readonly result: 'none' | 'pass' | 'fail' | 'temperror';
  readonly reason?: string;
  /** From the first on; only ever claims where the result is not `pass`. */
  readonly hops: readonly ArcHop[];
  /** The first server after whom nobody changed what it signed; 0: nobody at all did. Only with `pass`. */
  readonly oldestPass?: number;
}

type Judgement = { readonly result: 'pass' } | Unfit | { readonly result: 'temperror'; readonly reason: string };

const PASS: Judgement = { result: 'pass' };
const SHOWN = 1000;

/** @param message with CRLF line ends @param now for t= and x= */
export async function arcVerify(
  message: Buffer | SignedMessage,
  names: TextNames,
  now = new Date(),
): Promise<ArcVerdict> {
  const signed = SignedMessage.of(message);
  if (signed.large) return { result: 'fail', reason: 'the header is too large to be looked at', hops: [] };
  const sets = arcSets(signed);
  if ('problem' in sets) return { result: 'fail', reason: sets.problem, hops: [] };
  const newest = sets.at(-1);
  if (!newest) return { result: 'none', hops: [] };
  const hops = sets.map(hopOf);
  const seconds = Math.floor(now.getTime() / 1000);
  const last = await judgeMessage(signed, newest, names, seconds);
  if (last.result !== 'pass') return { ...failure(last, `signature ${newest.instance}`), hops };
  for (let at = sets.length - 1; at >= 0; at--) {
    const seal = await judgeSeal(signed, sets.slice(0, at + 1), names);
    if (seal.result !== 'pass') return { ...failure(seal, `seal ${at + 1}`), hops };
  }
  let oldestPass = 0;
  for (let at = sets.length - 2; at >= 0 && oldestPass === 0; at--) {
    const { result } = await judgeMessage(signed, sets[at]!, names, seconds);
    if (result !== 'pass') oldestPass = at + 2;
  }
  return { result: 'pass', hops, oldestPass };
}

async function judgeMessage(
  signed: SignedMessage,
  { message: { field, tags } }: ArcSet,
  names: TextNames,
  now: number,
): Promise<Judgement> {
  const signature = readCovering(tags, now);
  if ('result' in signature) return signature;
  // Section 4.1.2: a seal comes after it, and can be in no signature before it.
  if (signature.fields.includes('arc-seal')) return { result: 'permerror', reason: 'it covers an ARC-Seal' };
  if (signed.bodyHash(signature.body) !== signature.bodyHash) return { result: 'fail', reason: 'the body was changed' };
  const key = await keyFor(signature, names);
  if ('result' in key) return key;
  const right = isRight(key, signature, signed.signedOctets(field, signature));
  return right ? PASS : { result: 'fail', reason: 'it is not right' };
}

/** @param sets up to the one whose seal it is */
async function judgeSeal(signed: SignedMessage, sets: readonly ArcSet[], names: TextNames): Promise<Judgement> {
  const proof = readProof(sets.at(-1)!.seal.tags);
  if ('result' in proof) return proof;
  const key = await keyFor(proof, names);
  if ('result' in key) return key;
  const right = isRight(
    key,
    proof,
    sealedOctets(sets, (field) => signed.canonical(field, 'relaxed')),
  );
  return right ? PASS : { result: 'fail', reason: 'it is not right' };
}

function failure(judged: Exclude<Judgement, { result: 'pass' }>, of: string): Pick<ArcVerdict, 'result' | 'reason'> {
  const result = judged.result === 'temperror' ? 'temperror' : 'fail';
  return { result, reason: `${of}: ${judged.reason}` };
}

function hopOf({ instance, results, seal: { tags } }: ArcSet): ArcHop {
  const text = results.raw.slice(results.raw.indexOf(';') + 1).slice(0, SHOWN);
  const [domain, selector] = [tags.get('d')?.slice(0, 255), tags.get('s')?.slice(0, 255)];
  return {
    instance,
    ...(domain === undefined ? {} : { domain }),
    ...(selector === undefined ? {} : { selector }),
    results: text.replace(/\s+/g, ' ').trim(),
  };
}
