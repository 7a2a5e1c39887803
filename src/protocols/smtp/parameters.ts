/** What follows the path in MAIL and RCPT (RFC 5321 section 4.1.2, RFC 3461 section 4). */
import { type Reply, reply } from './reply.ts';

export type Parameters = ReadonlyMap<string, string | undefined>;
export type Parsed<T> = { readonly value: T; readonly refusal?: undefined } | { readonly refusal: Reply };

const NONE: Parameters = new Map();
const SYNTAX = reply(501, '5.5.4', 'malformed parameter');
const CONTROL = /[\x00-\x20\x7f=]/;

/** `SIZE=100 BODY=8BITMIME` → by keyword in capitals. A keyword not in `known` is 555, one given twice is 501. */
export function parseParameters(text: string, known: ReadonlySet<string>): Parsed<Parameters> {
  if (text === '') return { value: NONE };
  const found = new Map<string, string | undefined>();
  for (const word of text.trimEnd().split(' ')) {
    const at = word.indexOf('=');
    const keyword = (at === -1 ? word : word.slice(0, at)).toUpperCase();
    const value = at === -1 ? undefined : word.slice(at + 1);
    if (!isKeyword(keyword) || value === '' || (value !== undefined && CONTROL.test(value))) return { refusal: SYNTAX };
    if (!known.has(keyword)) return { refusal: reply(555, '5.5.4', `${keyword} is not known here`) };
    if (found.has(keyword)) return { refusal: reply(501, '5.5.4', `${keyword} was given twice`) };
    found.set(keyword, value);
  }
  return { value: found };
}

function isKeyword(text: string): boolean {
  return /^[A-Z0-9][A-Z0-9-]{0,31}$/.test(text);
}

export function badParameter(keyword: string): { readonly refusal: Reply } {
  return { refusal: reply(501, '5.5.4', `malformed ${keyword}`) };
}

/** RFC 3461 section 4: `+2B` → `+`. Undefined for what is no xtext, or not UTF-8, or would hold a control. */
export function decodeXtext(text: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})+$/.test(text)) return undefined;
  const octets = text.replace(/\+(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  const decoded = Buffer.from(octets, 'latin1').toString('utf8');
  return /[\x00-\x1f\x7f-\x9f\ufffd\u2028\u2029]/.test(decoded) ? undefined : decoded;
}
