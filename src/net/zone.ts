/** A zone file in place of a name server, for tests and islands: the usual lines of RFC 1035 section 5, and a port where A and AAAA need one. */
import { isIP } from 'node:net';
import { CsError } from '../kit/errors.ts';
import type { HostAddress, MailExchange, MailNames } from '../kit/mail-names.ts';

interface Records {
  readonly mx: MailExchange[];
  readonly addresses: HostAddress[];
  readonly txt: string[];
  /** `example.test SERVFAIL`: nobody answers for it. */
  silent: boolean;
}

/** @param where for messages. Throws `CS_CONFIG` with the line. */
export function parseZone(text: string, where: string): MailNames {
  const names = new Map<string, Records>();
  let last = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const wrong = (problem: string) => new CsError('CS_CONFIG', `${where}:${index + 1}: ${problem}`);
    const words = wordsOf(raw, wrong);
    if (words.length === 0) continue;
    const name = /^\s/.test(raw) ? last : nameOf(words.shift()!);
    last = name;
    const type = words.findIndex((word) => !/^(?:\d+|IN)$/i.test(word));
    const records = names.get(name) ?? { mx: [], addresses: [], txt: [], silent: false };
    names.set(name, records);
    add(records, type === -1 ? [] : words.slice(type), wrong);
  }
  const find = async (name: string): Promise<Records> => {
    const asked = nameOf(name);
    const records = names.get(asked) ?? names.get(asked.replace(/^[^.]+/, '*'));
    if (!records) throw new CsError('CS_NOT_FOUND', `no such name: ${asked}`);
    if (records.silent) throw new CsError('CS_NAME_NOT_RESOLVED', `the name server of ${asked} did not answer`);
    return records;
  };
  return {
    mx: async (domain) => (await find(domain)).mx,
    addresses: async (host) => (await find(host)).addresses,
    txt: async (name) => (await find(name)).txt,
  };
}

function add(records: Records, words: readonly string[], wrong: (problem: string) => CsError): void {
  const [type = '', ...data] = words;
  const [first = '', second = ''] = data;
  switch (type.toUpperCase()) {
    case 'MX':
      if (!/^\d{1,5}$/.test(first) || second === '') throw wrong('write NAME MX PREFERENCE HOST');
      records.mx.push({ preference: Number(first), exchange: nameOf(second) });
      return;
    case 'A':
    case 'AAAA':
      records.addresses.push(addressOf(first, wrong));
      return;
    case 'TXT':
      if (data.length === 0) throw wrong('write NAME TXT "TEXT"');
      records.txt.push(data.join(''));
      return;
    case 'SERVFAIL':
      records.silent = true;
      return;
    default:
      throw wrong(`unknown type ${JSON.stringify(type)}: MX, A, AAAA, TXT or SERVFAIL`);
  }
}

/** `127.0.0.1`, `127.0.0.1:2525`, `::1`, `[::1]:2525`. */
function addressOf(text: string, wrong: (problem: string) => CsError): Records['addresses'][number] {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) ? text : (bracketed ?? plain ?? '');
  if (isIP(address) === 0) throw wrong(`not an address: ${JSON.stringify(text)}`);
  return digits === undefined || isIP(text) ? { address } : { address, port: Number(digits) };
}

/** Quoted strings are one word; `;` and `#` begin a comment. */
function wordsOf(line: string, wrong: (problem: string) => CsError): string[] {
  const words: string[] = [];
  // A string that is not closed is matched too: a search for its end from each of its quotes would take the square of its length.
  for (const [, quoted, end, plain] of line.matchAll(/"((?:[^"\\]|\\.)*)("?)|([;#].*$|[^\s"]+)/g)) {
    if (plain !== undefined && /^[;#]/.test(plain)) break;
    if (end === '') throw wrong('a string that is not closed');
    words.push(plain ?? quoted!.replace(/\\(.)/g, '$1'));
  }
  return words;
}

function nameOf(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}
