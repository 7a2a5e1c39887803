/** A request's content as a fact: its beginning, how much there was, and what it was. */
import { createHash } from 'node:crypto';
import type { Json } from '../../../contracts/journal.ts';

/** Octets that are kept; the rest is counted and hashed. */
export const KEPT_OCTETS = 64 * 1024;

/** `body` (text) or `body_base64`, `body_bytes`, and where not all of it is there `body_sha256`. */
export type BodyFacts = { readonly [key: string]: Json };

export async function keptBody(content: AsyncIterable<Uint8Array>): Promise<BodyFacts> {
  const kept: Uint8Array[] = [];
  const hash = createHash('sha256');
  let octets = 0;
  for await (const chunk of content) {
    if (octets < KEPT_OCTETS) kept.push(chunk.subarray(0, KEPT_OCTETS - octets));
    octets += chunk.length;
    hash.update(chunk);
  }
  const whole = octets <= KEPT_OCTETS;
  return {
    ...shown(Buffer.concat(kept), whole),
    body_bytes: octets,
    ...(whole ? {} : { body_sha256: hash.digest('hex') }),
  };
}

function shown(octets: Buffer, whole: boolean): BodyFacts {
  try {
    // The end may have been cut off inside a character.
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets, { stream: !whole }) };
  } catch {
    return { body_base64: octets.toString('base64') };
  }
}
