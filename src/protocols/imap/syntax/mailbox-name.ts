/** Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3) or UTF-8 (RFC 9051 section 5.1, RFC 6855). */
import { decodeUtf8, encodeUtf8 } from './binary-text.ts';

const SHIFTED = /&([A-Za-z0-9+,]*)-/g;
const UNPRINTABLE = /[^\x20-\x7e]+/g;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A name of this end, `INBOX` in any case written so. */
export function canonicalName(name: string): string {
  return /^inbox$/i.test(name) ? 'INBOX' : /^inbox\//i.test(name) ? `INBOX${name.slice(5)}` : name;
}

/**
 * Octets of a name as the other end wrote them → Unicode. With `utf8` an `&` means itself. Undefined for what is no name:
 * not UTF-8, or UTF-7 that could have been written otherwise (a printable character in base64, an odd octet, a lone
 * surrogate), so that no name has two forms.
 */
export function decodeMailbox(binary: string, utf8: boolean): string | undefined {
  const text = decodeUtf8(binary);
  if (text === undefined) return undefined;
  if (utf8 || !text.includes('&')) return text;
  if (/&(?![A-Za-z0-9+,]*-)/.test(text)) return undefined;
  let sound = true;
  const name = text.replace(SHIFTED, (_, base64: string) => {
    if (base64 === '') return '&';
    const decoded = shifted(base64);
    sound &&= decoded !== undefined;
    return decoded ?? '';
  });
  return sound && encodeMailbox(name, false) === encodeUtf8(text) ? name : undefined;
}

/** Unicode → octets to be written as an astring. */
export function encodeMailbox(name: string, utf8: boolean): string {
  if (utf8) return encodeUtf8(name);
  return name.replaceAll('&', '&-').replace(UNPRINTABLE, (run) => {
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

function shifted(base64: string): string | undefined {
  const octets = Buffer.from(base64.replaceAll(',', '/'), 'base64');
  if (octets.length === 0 || octets.length % 2 !== 0) return undefined;
  const text = octets.swap16().toString('utf16le');
  return LONE_SURROGATE.test(text) ? undefined : text;
}
