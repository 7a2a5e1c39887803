/** What full text search looks through, and how words are compared: the same in every store. */
import type { MailHeaders, MimePart } from '../../contracts/mail.ts';
import { decodeText } from '../../kit/mime/charset.ts';
import { find } from '../../kit/mime/parameters.ts';
import type { ReadOctets } from '../../kit/mime/search-text.ts';
import { decodeTransfer } from '../../kit/mime/transfer-coding.ts';

/** Octets of a part that are looked at. */
const SEARCH_LIMIT = 1024 * 1024;
const TEXT_LIMIT = 256 * 1024;

/** Case, accents and punctuation folded away: tokens with one space before each. */
export function tokens(text: string): string {
  if (ASCII.test(text)) return spaced(text.toLowerCase().replace(/[^a-z0-9]+/g, ' '));
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  return spaced(folded.replace(/[^\p{L}\p{N}]+/gu, ' '));
}

const ASCII = /^[\u0000-\u007f]*$/;

function spaced(words: string): string {
  return words.replace(/^ ?/, ' ').trimEnd();
}

/** Each given word as its tokens: `ann@x.test` is the phrase `ann x test`. All must occur; the last token may go on. */
export function searchPhrases(words: string): string[] {
  return words
    .split(/\s+/)
    .map(tokens)
    .filter((phrase) => phrase !== '');
}

export function matches(text: string, phrases: readonly string[]): boolean {
  return phrases.every((phrase) => text.includes(phrase));
}

/** Tokens of subject, from, to and the text parts; of HTML only where there is no plain text. */
export function searchWords(headers: MailHeaders, root: MimePart, read: ReadOctets): string {
  const said = [headers.subject, headers.from, ...headers.to].join(' ');
  const parts = [...textParts(root)];
  const plain = parts.filter(({ type }) => type === 'text/plain');
  const texts = (plain.length > 0 ? plain : parts).map((part) => textOf(part, read));
  return tokens(`${said} ${texts.join(' ').slice(0, TEXT_LIMIT)}`);
}

/** Not what is attached, nor what a message inside says. */
function* textParts(part: MimePart): Generator<MimePart> {
  if (part.type.startsWith('multipart/')) for (const child of part.parts ?? []) yield* textParts(child);
  else if (/^text\/(?:plain|html)$/.test(part.type) && part.disposition?.[0] !== 'attachment') yield part;
}

function textOf({ type, body, end, encoding, params }: MimePart, read: ReadOctets): string {
  const octets = decodeTransfer(read(body, Math.min(end, body + SEARCH_LIMIT)), encoding);
  const text = decodeText(octets, find(params, 'charset'));
  return type === 'text/html' ? withoutTags(text) : text;
}

/** Enough for search: what stands between tags, without scripts and styles. Linear. */
function withoutTags(html: string): string {
  return html
    .split(/<(?:script|style)\b/i)
    .map((part, index) => (index === 0 ? part : part.replace(/^[\s\S]*?<\/(?:script|style)\s*>/i, ' ')))
    .join(' ')
    .replace(/<[^<>]*>/g, ' ');
}
