/** The first words of a message, as lists of mail show them (RFC 8970). */
import type { MimePart } from '../../contracts/mail.ts';
import { decodeText } from './charset.ts';
import { find } from './parameters.ts';
import { plainWords } from './plain-words.ts';
import { decodeTransfer } from './transfer-coding.ts';

/** Characters. */
const WORDS = 200;
/** Octets that are looked at; of HTML more of them are no words. */
const TEXT = 1200;
const HTML = 24 * 1024;

/** The octets of a part whose beginning is looked at. */
export function beginningOf({ type, body, end }: MimePart): { readonly start: number; readonly end: number } {
  return { start: body, end: Math.min(end, body + (type === 'text/html' ? HTML : TEXT)) };
}

/** One line of at most 200 characters. */
export function firstWords({ type, encoding, params }: MimePart, beginning: Uint8Array): string {
  const text = decodeText(decodeTransfer(beginning, encoding), find(params, 'charset'));
  const words = (type === 'text/html' ? plainWords(text) : text)
    .replace(/(?:\s|\p{Cc}|\u200b|\u200c|\u034f|\u00ad)+/gu, ' ')
    .trim()
    .slice(0, 2 * WORDS);
  return [...words].slice(0, WORDS).join('').trimEnd();
}

/** What a reader sees first: plain text before HTML, neither out of attachments nor out of what is encrypted. */
export function textPart(root: MimePart): MimePart | undefined {
  const texts = [...readable(root)];
  return texts.find(({ type }) => type === 'text/plain') ?? texts.find(({ type }) => type === 'text/html');
}

function* readable(part: MimePart): Generator<MimePart> {
  if (part.disposition?.[0] === 'attachment' || part.type === 'multipart/encrypted') return;
  if (part.type.startsWith('multipart/')) for (const child of part.parts ?? []) yield* readable(child);
  else if (!part.parts) yield part;
}
