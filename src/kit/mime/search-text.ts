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

export type ReadOctets = (start: number, end: number) => Uint8Array;

/**
 * @param read octets of the message
 * @param limit characters of the body after which nothing more is collected; then it is `cut`
 */
export function searchText(root: MimePart, read: ReadOctets, limit = Infinity): SearchText & { readonly cut: boolean } {
  const collected = new Collector(read, limit);
  collected.add(root, true);
  return { header: headerText(headerOf(root, read)), body: collected.text, cut: collected.cut };
}

class Collector {
  readonly #read: ReadOctets;
  readonly #limit: number;
  readonly #pieces: string[] = [];
  #length = 0;
  cut = false;

  constructor(read: ReadOctets, limit: number) {
    this.#read = read;
    this.#limit = limit;
  }

  get text(): string {
    return this.#pieces.join('\n');
  }

  add(part: MimePart, top = false): void {
    if (!top) this.#push(headerText(headerOf(part, this.#read)));
    if (part.parts) for (const child of part.parts) this.add(child);
    else if (part.type.startsWith('text/')) this.#push(this.#room() > 0 ? this.#textOf(part) : ' ');
  }

  #room(): number {
    return this.#limit - this.#length;
  }

  #push(text: string): void {
    const room = this.#room();
    if (text.length > room) this.cut = true;
    if (room <= 0) return;
    this.#pieces.push(text.length > room ? text.slice(0, room) : text);
    this.#length += text.length;
  }

  /** What four octets a character do not fill is cut as well: rare, and looked through all the same. */
  #textOf({ body, end, encoding, params }: MimePart): string {
    const stop = Math.min(end, body + 4 * this.#room() + 1);
    const octets = decodeTransfer(this.#read(body, stop), encoding);
    if (stop < end) this.cut = true;
    return fold(decodeText(octets, find(params, 'charset')));
  }
}

/** A header may be as long as the message; no more of it is read than is looked at. */
function headerOf({ start, body }: MimePart, read: ReadOctets): Uint8Array {
  return read(start, Math.min(body, start + HEADER_LIMIT));
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
