/** Base64 as it travels in AUTH lines: canonical or refused (RFC 4648 sections 3.3 and 3.5), bounded before it is decoded. */
import { CsError } from '../../../kit/errors.ts';
import { NOTHING } from './mechanism.ts';

/** Octets of one line with base64 (RFC 4954 section 4). */
export const SASL_LINE = 12_288;

/**
 * A line without its CRLF → octets. Throws `CS_PEER_LIMIT` for one over 12,288 octets and `CS_PEER_PROTOCOL` for
 * anything but canonical base64: other symbols, spaces, lost padding, bits that padding must leave zero.
 */
export function decodeBase64Line(line: string | Uint8Array): Uint8Array {
  if (line.length > SASL_LINE) throw new CsError('CS_PEER_LIMIT', `SASL response longer than ${SASL_LINE} octets`);
  const text = typeof line === 'string' ? line : Buffer.from(line).toString('latin1');
  const octets = Buffer.from(text, 'base64');
  // Node skips what it does not know; what is not written back the same was not canonical.
  if (octets.toString('base64') !== text) throw new CsError('CS_PEER_PROTOCOL', 'not base64');
  return octets;
}

export function encodeBase64Line(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64');
}

/** The word after the mechanism's name: absent → undefined, `=` → no octets (RFC 4954 section 4), else base64. */
export function decodeInitialResponse(word: string | Uint8Array | undefined): Uint8Array | undefined {
  if (word === undefined) return undefined;
  return isWord(word, '=') ? NOTHING : decodeBase64Line(word);
}

/** The reverse, for the client: no octets are written `=`. */
export function encodeInitialResponse(octets: Uint8Array): string {
  return octets.length === 0 ? '=' : encodeBase64Line(octets);
}

/** The client gives up (RFC 4954 section 4, RFC 5034 section 4, RFC 9051 section 6.2.2). */
export function isCancel(line: string | Uint8Array): boolean {
  return isWord(line, '*');
}

function isWord(line: string | Uint8Array, word: string): boolean {
  return typeof line === 'string' ? line === word : line.length === 1 && line[0] === word.charCodeAt(0);
}
