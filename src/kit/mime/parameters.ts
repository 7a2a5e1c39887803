/** `value; name=value; ...` of MIME fields (RFC 2045 section 5.1), with the continuations and charsets of RFC 2231. Never an error. */
import { TextDecoder } from 'node:util';
import { decodeWords, rawText } from './encoded-words.ts';
import { scan } from './scanner.ts';

export type Parameters = readonly (readonly [string, string])[];

/** Parameters and pieces of one field; what comes after is left out. */
const LIMIT = 200;
const SPECIALS = ';=,/<>@:?[]';

/**
 * The words before the first `;`, and the parameters, names in lower case. Pieces (`name*0`, `name*1`) are one; a value with a charset
 * keeps its coding and has a name that ends in `*`.
 */
export function valueAndParameters(text: string): { readonly value: string; readonly parameters: Parameters } {
  const sections = bySemicolon(text);
  const [value = ''] = sections;
  const raw: [string, string][] = [];
  for (const section of sections.slice(1, LIMIT + 1)) {
    const equals = section.indexOf('=');
    if (equals <= 0) continue;
    raw.push([section.slice(0, equals).trim().toLowerCase(), section.slice(equals + 1)]);
  }
  return { value, parameters: continued(raw) };
}

/** Quotes and comments are gone; `=` of the name is the first one. */
function bySemicolon(text: string): string[] {
  const sections: string[] = [];
  let section = '';
  for (const token of scan(text, SPECIALS)) {
    if (token.kind === 'comment') continue;
    if (token.kind === 'special' && token.text === ';') {
      if (sections.push(section) > LIMIT) return sections;
      section = '';
    } else if (token.kind === 'word' && token.spaced && section !== '' && !section.endsWith('=')) {
      // An unquoted value with spaces: seen, and meant as one.
      section += ` ${token.text}`;
    } else section += token.text;
  }
  sections.push(section);
  return sections;
}

const PIECE = /^([^*]+)\*(\d{1,4})(\*?)$/;

function continued(raw: readonly (readonly [string, string])[]): Parameters {
  const whole = new Map<string, string>();
  const pieces = new Map<string, Map<number, readonly [string, boolean]>>();
  const order: string[] = [];
  for (const [name, value] of raw) {
    const piece = PIECE.exec(name);
    if (!piece) {
      if (!whole.has(name)) order.push(name);
      if (!whole.has(name)) whole.set(name, value);
      continue;
    }
    const [, base = '', number = '', star = ''] = piece;
    const found = pieces.get(base) ?? new Map<number, readonly [string, boolean]>();
    if (!pieces.has(base)) order.push(`${base}*0`);
    pieces.set(base, found);
    if (!found.has(Number(number))) found.set(Number(number), [value, star === '*']);
  }
  return order.map((name): [string, string] => {
    const found = name.endsWith('*0') ? pieces.get(name.slice(0, -2)) : undefined;
    return found ? joined(name.slice(0, -2), found) : [name, whole.get(name)!];
  });
}

/** Pieces count from 0; after a gap there is nothing. */
function joined(name: string, pieces: ReadonlyMap<number, readonly [string, boolean]>): [string, string] {
  const coded = [...pieces.values()].some(([, star]) => star);
  let value = '';
  for (let at = 0; pieces.has(at); at++) {
    const [text, star] = pieces.get(at)!;
    value += coded && !star ? percentCoded(text) : text;
  }
  return [coded ? `${name}*` : name, value];
}

function percentCoded(text: string): string {
  return text.replace(
    /[^\w.~!#$&+^`{|}-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

/** A parameter as text: charsets undone, encoded words too (they are not allowed there, and everywhere). */
export function parameter(parameters: Parameters, name: string): string | undefined {
  const coded = find(parameters, `${name}*`);
  if (coded !== undefined) return decodeExtended(coded);
  const plain = find(parameters, name);
  return plain === undefined ? undefined : decodeWords(plain);
}

export function find(parameters: Parameters, name: string): string | undefined {
  return parameters.find(([known]) => known === name)?.[1];
}

/** `charset'language'percent-coded` (RFC 2231 section 4). */
function decodeExtended(text: string): string {
  const parts = /^([^']*)'[^']*'([\s\S]*)$/.exec(text);
  const [, charset = '', coded = ''] = parts ?? [undefined, '', text];
  const octets = coded.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const bytes = Buffer.from(octets, 'latin1');
  try {
    return charset === '' ? rawText(octets) : new TextDecoder(charset).decode(bytes);
  } catch {
    return rawText(octets);
  }
}
