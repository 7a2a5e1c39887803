/** What substring search looks through (RFC 9051 section 6.4.4): codings and charsets undone, case folded. */
import type { MimePart } from '../../contracts/mail.ts';
import { decodeText } from './charset.ts';
import { decodeWords } from './encoded-words.ts';
import { forEachField } from './fields.ts';
import { HEADER_LIMIT } from './header-text.ts';
import { find } from './parameters.ts';
import { decodeTransfer } from './transfer-coding.ts';

/** Simple case folding, composed: what compares equal is equal. */
export function fold(text: string): string {
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase();
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ');
}

export interface SearchText {
  /** A line `name: value` for each field, a line feed before each. */
  readonly header: string;
  /** Of all text parts; the headers of parts and of messages inside too. */
  readonly body: string;
}

/** Folded. @param octets the whole message */
export function searchText(root: MimePart, octets: Uint8Array): SearchText {
  const pieces: string[] = [];
  collect(root, octets, pieces, true);
  return { header: headerText(octets.subarray(root.start, root.body)), body: pieces.join('\n') };
}

function collect(part: MimePart, octets: Uint8Array, pieces: string[], top: boolean): void {
  if (!top) pieces.push(headerText(octets.subarray(part.start, part.body)));
  if (part.parts) for (const child of part.parts) collect(child, octets, pieces, false);
  else if (part.type.startsWith('text/')) pieces.push(bodyText(part, octets));
}

function bodyText({ body, end, encoding, params }: MimePart, octets: Uint8Array): string {
  return fold(decodeText(decodeTransfer(octets.subarray(body, end), encoding), find(params, 'charset')));
}

export function headerText(octets: Uint8Array): string {
  const block = Buffer.from(octets.buffer, octets.byteOffset, Math.min(octets.length, HEADER_LIMIT)).toString('latin1');
  let text = '';
  forEachField(block, (name, value) => {
    text += `\n${name}: ${fold(decodeWords(value)).replaceAll('\n', ' ')}`;
  });
  return text;
}

/** A question as it is asked of `SearchText`. */
export interface Wanted {
  /** `text`, `body`, or a field's name in lower case. */
  readonly where: string;
  /** Folded. */
  readonly text: string;
}

export function contains({ header, body }: SearchText, { where, text }: Wanted): boolean {
  if (where === 'body') return body.includes(text);
  if (where === 'text') return header.includes(text) || body.includes(text);
  return fieldContains(header, where, text);
}

/** Some field of that name has the text in its value; any value has the empty text. */
export function fieldContains(header: string, name: string, text: string): boolean {
  const start = `\n${name}: `;
  for (let at = header.indexOf(start); at !== -1; at = header.indexOf(start, at + 1)) {
    const from = at + start.length;
    const next = header.indexOf('\n', from);
    const end = next === -1 ? header.length : next;
    if (header.slice(from, end).includes(text)) return true;
  }
  return false;
}
