/** One more set for a message that is handed on: what was found here, a signature, a seal (RFC 8617 section 5.1). */
import { canonicalField } from '../dkim/canonical.ts';
import type { Field } from '../dkim/head.ts';
import { algorithmOf, coveringField, type DkimKey, foldedProof, SIGNED } from '../dkim/sign.ts';
import { SignedMessage } from '../dkim/signed-message.ts';
import { sealedOctets } from './sealed-octets.ts';
import { arcSets, MESSAGE, MOST_SETS, RESULTS, SEAL } from './sets.ts';
import type { ArcVerdict } from './verify.ts';

export interface ArcFinding {
  /** What an Authentication-Results field would say behind its colon: `mx.y.test; spf=pass ...`, folded or not. */
  readonly results: string;
  /** Of the chain that came with the message. */
  readonly chain: ArcVerdict;
}

/**
 * The three fields with their CRLF, to go in front; nothing may be changed after that. Undefined where the chain was broken
 * before, is full, or could not be judged for now: then there is nothing that a seal could vouch for.
 * @param message with CRLF line ends
 */
export function arcSeal(
  message: Buffer | SignedMessage,
  { results, chain }: ArcFinding,
  key: DkimKey,
  now = new Date(),
): string | undefined {
  const signed = SignedMessage.of(message);
  const sets = arcSets(signed);
  if ((chain.result !== 'none' && chain.result !== 'pass') || 'problem' in sets || sets.length >= MOST_SETS) {
    return undefined;
  }
  const instance = sets.length + 1;
  const found = fieldOf(`ARC-Authentication-Results: i=${instance}; ${results}`, RESULTS);
  const wanted = signed.fields.filter(({ name }) => SIGNED.has(name) || name === 'dkim-signature');
  const text = coveringField('ARC-Message-Signature', `i=${instance}`, wanted, signed.bodyHash('relaxed'), key, now);
  const own = fieldOf(text.slice(0, -2), MESSAGE);
  const tags = [
    `i=${instance}; a=${algorithmOf(key)}; cv=${chain.result}; d=${key.domain}; s=${key.selector};`,
    ` t=${Math.floor(now.getTime() / 1000)};`,
    ' b=',
  ].join('\r\n\t');
  const seal = fieldOf(`ARC-Seal: ${tags}`, SEAL);
  const all = [...sets, { results: found, message: { field: own }, seal: { field: seal } }];
  const octets = sealedOctets(all, (field) => canonicalField(field, 'relaxed'));
  return `${seal.raw}${foldedProof(octets, key)}\r\n${own.raw}\r\n${found.raw}\r\n`;
}

function fieldOf(raw: string, name: string): Field {
  return { name, raw };
}
