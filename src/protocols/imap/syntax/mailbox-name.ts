/** Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3) or UTF-8 (RFC 9051 section 5.1, RFC 6855). */
import { decodeUtf7, encodeUtf7 } from '../../../kit/modified-utf7.ts';
import { decodeUtf8, encodeUtf8 } from './binary-text.ts';

/** A name of this end, `INBOX` in any case written so. */
export function canonicalName(name: string): string {
  return /^inbox$/i.test(name) ? 'INBOX' : /^inbox\//i.test(name) ? `INBOX${name.slice(5)}` : name;
}

/** Octets of a name as the other end wrote them → Unicode. With `utf8` an `&` means itself. Undefined for what is no name. */
export function decodeMailbox(binary: string, utf8: boolean): string | undefined {
  const text = decodeUtf8(binary);
  return text === undefined || utf8 ? text : decodeUtf7(text);
}

/** Unicode → octets to be written as an astring. */
export function encodeMailbox(name: string, utf8: boolean): string {
  return utf8 ? encodeUtf8(name) : encodeUtf7(name);
}
