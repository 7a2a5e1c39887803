/** What a message says about itself: one bounded pass over its header (RFC 5322), made once, when it is stored. */
import type { MailHeaders } from '../../contracts/mail.ts';
import { addressTexts } from './address-text.ts';
import { decodedAddresses } from './decoded-addresses.ts';
import { decodeWords } from './encoded-words.ts';

/** Octets of header that are looked at; what comes after is stored and not summarised. */
export const HEADER_LIMIT = 100 * 1024;
const VALUE_LIMIT = 16 * 1024;
const FACT_LIMIT = 1000;
const ADDRESS_LIMIT = 1000;
const WANTED = new Set(['from', 'to', 'subject', 'message-id', 'date']);

/** @param start the first octets of the message, at least `HEADER_LIMIT` of them when it has so many */
export function headerFacts(start: Uint8Array): MailHeaders {
  const values = wantedValues(headerBlock(start));
  const first = (name: string): string => values.get(name)?.[0] ?? '';
  const one = (name: string): string => capped(decodeWords(first(name)).trim());
  return {
    from: capped(decodedAddresses(first('from')).trim()),
    to: addresses(values.get('to') ?? []),
    subject: one('subject'),
    messageId: one('message-id'),
    date: one('date'),
  };
}

function headerBlock(start: Uint8Array): string {
  const head = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, HEADER_LIMIT));
  if (head[0] === 10 || (head[0] === 13 && head[1] === 10)) return '';
  const ends = [head.indexOf('\n\r\n'), head.indexOf('\n\n')].filter((at) => at !== -1);
  return head.toString('latin1', 0, ends.length > 0 ? Math.min(...ends) : head.length);
}

/** Header fields of interest by lower-case name, unfolded (RFC 5322 section 2.2.3), one octet per character. */
function wantedValues(block: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let name: string | undefined;
  let value = '';
  const finish = (): void => {
    if (name !== undefined) collect(values, name, value);
  };
  for (const line of lines(block)) {
    const folded = line[0] === ' ' || line[0] === '\t';
    if (!folded) {
      finish();
      name = fieldName(line);
      value = '';
    }
    if (name === undefined || value.length >= VALUE_LIMIT) continue;
    const start = folded ? 0 : line.indexOf(':') + 1;
    value += line.slice(start, start + VALUE_LIMIT - value.length);
  }
  finish();
  return values;
}

/** A message with a hundred To fields is strange; more are not looked at. */
function collect(values: Map<string, string[]>, name: string, value: string): void {
  const all = values.get(name);
  if (!all) values.set(name, [value]);
  else if (all.length < 100) all.push(value);
}

function* lines(block: string): Generator<string> {
  for (let at = 0; at < block.length; ) {
    const lf = block.indexOf('\n', at);
    const end = lf === -1 ? block.length : lf;
    yield block.slice(at, end > at && block[end - 1] === '\r' ? end - 1 : end);
    at = end + 1;
  }
}

function fieldName(line: string): string | undefined {
  const start = line.slice(0, 24);
  const colon = start.indexOf(':');
  if (colon === -1) return undefined;
  const name = start.slice(0, colon).trimEnd().toLowerCase();
  return WANTED.has(name) ? name : undefined;
}

/** The addresses of all lists, those of groups too, each as written and decoded. */
function addresses(lists: readonly string[]): string[] {
  const found: string[] = [];
  for (const list of lists) {
    for (const text of addressTexts(decodedAddresses(list), ADDRESS_LIMIT - found.length)) found.push(capped(text));
  }
  return found;
}

function capped(text: string): string {
  if (text.length <= FACT_LIMIT) return text;
  const cut = text.slice(0, FACT_LIMIT);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}
