/** RFC 2047 encoded words → text. Linear in the input; what cannot be decoded stays as it was written. */
import { isUtf8 } from 'node:buffer';
import { decoder } from './charset.ts';

const WORD = /=\?([^?\s]{1,64})\?([bqBQ])\?([^?\r\n]*)\?=/g;
function octets(encoding: string, text: string): Buffer {
  if (encoding === 'b' || encoding === 'B') return Buffer.from(text, 'base64');
  const plain = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

/** Raw header octets, kept one per character, as text: UTF-8 where they are (RFC 6532), else latin1. */
export function rawText(latin1: string): string {
  if (!/[\u0080-\u00ff]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1;
}

/** A line end inside a word is an attack, or a mistake. */
function oneLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, '') : text;
}

/** @param latin1 an unfolded header value, one octet per character */
export function decodeWords(latin1: string): string {
  if (!latin1.includes('=?')) return rawText(latin1);
  let out = '';
  let end = 0;
  let charset = '';
  let pending: Buffer[] = [];
  // Neighbouring words of one charset are joined before decoding: many writers cut inside a character.
  const flush = (): void => {
    if (pending.length > 0) out += oneLine((decoder(charset) ?? decoder('latin1')!).decode(Buffer.concat(pending)));
    pending = [];
  };
  for (const match of latin1.matchAll(WORD)) {
    const [whole, label = '', encoding = '', text = ''] = match;
    const gap = latin1.slice(end, match.index);
    const name = label.split('*')[0]!.toLowerCase();
    const joins = pending.length > 0 && /^[ \t\r\n]*$/.test(gap);
    if (!joins || name !== charset) flush();
    if (!joins) out += rawText(gap);
    charset = name;
    pending.push(octets(encoding, text));
    end = match.index + whole.length;
  }
  flush();
  return out + rawText(latin1.slice(end));
}

/** Octets of one word: with its label and as base64 it has the 75 characters that it may have (RFC 2047 section 2). */
const WORD_OCTETS = 45;

/** Unicode → encoded words with a space between each two, none cut inside a character. ASCII stays as it is. */
export function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const words: string[] = [];
  let piece = '';
  let octets = 0;
  const flush = (): void => {
    if (piece !== '') words.push(`=?utf-8?B?${Buffer.from(piece, 'utf8').toString('base64')}?=`);
    [piece, octets] = ['', 0];
  };
  for (const character of text) {
    const length = Buffer.byteLength(character);
    if (octets + length > WORD_OCTETS) flush();
    piece += character;
    octets += length;
  }
  flush();
  return words.join(' ');
}
