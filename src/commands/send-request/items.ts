/** Request items, as httpie writes them: what stands between name and value says what they are. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../contracts/journal.ts';
import { asCsError, CsError } from '../../kit/errors.ts';

export type Item =
  | { readonly kind: 'header' | 'query' | 'field'; readonly name: string; readonly value: string }
  | { readonly kind: 'json'; readonly name: string; readonly value: Json }
  | { readonly kind: 'file'; readonly name: string; readonly file: string; readonly type: string | undefined };

/** The longest first: at one place `:=` is not `:`. */
const SIGNS = [':=@', ':=', '==', '=@', '=', '@', ':'] as const;

/** Throws `CS_USAGE` for what is no item, `CS_LOCAL_IO` for a file that cannot be read. */
export function parseItem(text: string): Item {
  const { at, sign } = separator(text);
  const name = text.slice(0, at).replace(/\\(.)/gs, '$1');
  const value = text.slice(at + sign.length);
  if (name === '') throw notItem(text);
  switch (sign) {
    case ':':
      return { kind: 'header', name, value };
    case '==':
      return { kind: 'query', name, value: value.startsWith('@') ? read(value.slice(1)) : value };
    case '=':
      return { kind: 'field', name, value };
    case '=@':
      return { kind: 'field', name, value: read(value) };
    case ':=':
      return { kind: 'json', name, value: json(value, name) };
    case ':=@':
      return { kind: 'json', name, value: json(read(value), name) };
    case '@': {
      const [file = '', type] = value.split(/;type=/, 2);
      if (file === '') throw notItem(text);
      return { kind: 'file', name, file, type };
    }
  }
}

/** The first one that no backslash precedes. */
function separator(text: string): { at: number; sign: (typeof SIGNS)[number] } {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') {
      at += 1;
      continue;
    }
    const sign = SIGNS.find((one) => text.startsWith(one, at));
    if (sign !== undefined) return { at, sign };
  }
  throw notItem(text);
}

function json(text: string, name: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new CsError('CS_USAGE', `the value of ${name} is not JSON`, { hint: `${name}=TEXT sends a string`, cause });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const cause = asCsError(error);
    throw new CsError('CS_LOCAL_IO', `cannot read ${file}: ${cause.message}`, { cause });
  }
}

function notItem(text: string): CsError {
  // It may be a URL with a password in it, put in the wrong place.
  const shown = /^[\w.-]{1,60}$/.test(text) ? ` ${JSON.stringify(text)}` : '';
  return new CsError('CS_USAGE', `not a part of a request${shown}`, {
    hint: 'Header:value, name==value, name=value, name:=JSON, name@file',
  });
}
