import type { Json } from '../../../contracts/journal.ts';
import { CsError } from '../../../kit/errors.ts';
import { HttpRefusal } from './refusal.ts';

const DEPTH = 50;
/** Names that have turned plain data into behaviour; nobody means them as data. */
const IGNORED = new Set(['__proto__', 'constructor', 'prototype']);

/** UTF-8 octets → JSON whose objects have no prototype. 400 for what is no JSON or nests deeper than 50. */
export function parseJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpRefusal(400, 'the body is not UTF-8');
  }
  // Before the parser, which recurses.
  if (depthOf(text) > DEPTH) throw new HttpRefusal(400, `the body nests deeper than ${DEPTH}`);
  try {
    return plain(JSON.parse(text));
  } catch {
    throw new HttpRefusal(400, 'the body is not JSON');
  }
}

/** What somebody wrote as text, a number or a truth value. Throws `CS_INPUT` for all else: our objects have no text of their own. */
export function jsonText(value: Json | undefined, name: string): string {
  if (value === undefined || value === null || typeof value === 'object') {
    throw new CsError('CS_INPUT', `${name} is not text`);
  }
  return String(value);
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at];
    if (quoted) {
      if (unit === '\\') at += 1;
      else if (unit === '"') quoted = false;
    } else if (unit === '"') quoted = true;
    else if (unit === '{' || unit === '[') deepest = Math.max(deepest, ++depth);
    else if (unit === '}' || unit === ']') depth -= 1;
  }
  return deepest;
}

function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const record: Record<string, Json> = Object.create(null);
  for (const [key, inner] of Object.entries(value)) if (!IGNORED.has(key)) record[key] = plain(inner);
  return record;
}
