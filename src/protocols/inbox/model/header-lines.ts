import { decodedAddresses } from '../../../kit/mime/decoded-addresses.ts';
import { decodeWords } from '../../../kit/mime/encoded-words.ts';
import { HEADER_LIMIT } from '../../../kit/mime/header-text.ts';

export type HeaderLine = readonly [name: string, value: string];

const LINES = 2000;
/** What holds addresses: there an encoded word may be a name and never an address. */
const ADDRESSES = /^(?:resent-)?(?:from|sender|reply-to|to|cc|bcc)$/i;

/** A header's fields in their order, names as written, values unfolded and decoded. What comes after 100 KiB is left out. */
export function headerLines(octets: Uint8Array): readonly HeaderLine[] {
  const length = Math.min(octets.length, HEADER_LIMIT);
  const block = Buffer.from(octets.buffer, octets.byteOffset, length).toString('latin1');
  const found: [string, string][] = [];
  for (const line of block.split('\n')) {
    const text = line.replace(/\r$/, '');
    const last = found.at(-1);
    if (/^[ \t]/.test(text)) {
      if (last) last[1] += ` ${text.trim()}`;
      continue;
    }
    const colon = text.indexOf(':');
    if (colon > 0 && found.length < LINES) found.push([text.slice(0, colon).trimEnd(), text.slice(colon + 1).trim()]);
  }
  // A CR of its own is no line end here, and must become none where the value is said again.
  return found.map(([name, value]) => [name, decoded(name, value).replaceAll('\r', ' ')] as const);
}

function decoded(name: string, value: string): string {
  return ADDRESSES.test(name) ? decodedAddresses(value) : decodeWords(value);
}

/** Of several the first; '' where there is none. */
export function headerValue(headers: readonly HeaderLine[], name: string): string {
  return headers.find(([known]) => known.toLowerCase() === name)?.[1] ?? '';
}
