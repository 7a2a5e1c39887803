/** Values → text (RFC 9051 section 9). What goes in and comes out are "binary" strings: one octet in each character. */
import { CsError } from '../../../kit/errors.ts';
import { isAscii } from './binary-text.ts';

const ATOM = /^[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+$/;
const QUOTABLE = /^[^\0\r\n]*$/;
/** What any peer takes on one line; longer values go as literals. */
const QUOTED_MOST = 1000;

/** A piece of a command or response; what is no text is a literal. */
export type Written = string | { readonly literal: Uint8Array };

/** `"..."`, or undefined for what needs a literal. `utf8`: octets beyond ASCII may stand in quotes. */
export function quoted(binary: string, utf8 = false): string | undefined {
  if (binary.length > QUOTED_MOST || !QUOTABLE.test(binary) || !(utf8 || isAscii(binary))) return undefined;
  return `"${binary.includes('"') || binary.includes('\\') ? binary.replace(/["\\]/g, '\\$&') : binary}"`;
}

/** A quoted string or a literal. */
export function string(binary: string, utf8 = false): Written {
  return quoted(binary, utf8) ?? { literal: Buffer.from(binary, 'latin1') };
}

/** An atom where it is one and cannot be taken for NIL, else a string. */
export function astring(binary: string, utf8 = false): Written {
  return ATOM.test(binary) && binary.toUpperCase() !== 'NIL' ? binary : string(binary, utf8);
}

/** A string with its literal in it: for a server, which waits for nobody. */
export function inlineString(binary: string | null, utf8 = false): string {
  if (binary === null) return 'NIL';
  return quoted(binary, utf8) ?? `{${binary.length}}\r\n${binary}`;
}

export function inlineAstring(binary: string, utf8 = false): string {
  return ATOM.test(binary) && binary.toUpperCase() !== 'NIL' ? binary : inlineString(binary, utf8);
}

/** Free text behind a status: one line, at most 400 octets. */
export function humanText(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').slice(0, 400);
  return safe === '' ? 'ok' : safe;
}

/** An atom that goes out as it is. Throws `CS_INPUT`. */
export function atom(text: string): string {
  if (!/^[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|}~]+$/.test(text))
    throw new CsError('CS_INPUT', `not an atom: ${JSON.stringify(text)}`);
  return text;
}
