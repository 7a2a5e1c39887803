/** BODY: BODYSTRUCTURE without its extension data (RFC 9051 section 7.5.2). */
import { Cursor, type Value } from '../syntax/cursor.ts';
import { type Line, LineReader } from '../syntax/line-reader.ts';
import { inlineString } from '../syntax/write.ts';

/** Fields of a part that are basic: type, subtype, parameters, id, description, encoding, octets. */
const BASIC = 7;

export function bodyOf(structure: string): string {
  let found: Line | undefined;
  for (const event of new LineReader({ limit: Number.MAX_SAFE_INTEGER }).receive(
    Buffer.from(`${structure}\r\n`, 'latin1'),
  )) {
    if (event.kind === 'line') found = event.line;
  }
  return withoutExtension(new Cursor(found ?? []).value() as readonly Value[]);
}

function withoutExtension(part: readonly Value[]): string {
  if (Array.isArray(part[0])) {
    const parts = part.filter((value, at) => Array.isArray(value) && part.slice(0, at).every(Array.isArray));
    return `(${parts.map((one) => withoutExtension(one as readonly Value[])).join('')} ${shown(part[parts.length] ?? null)})`;
  }
  const [type, subtype] = part as readonly string[];
  const kind = `${type}/${subtype}`.toLowerCase();
  const fields = part.slice(0, BASIC).map((value, at) => (at === BASIC - 1 ? String(value) : shown(value)));
  if (kind === 'message/rfc822' || kind === 'message/global') {
    fields.push(
      shown(part[BASIC] ?? null),
      withoutExtension(part[BASIC + 1] as readonly Value[]),
      String(part[BASIC + 2]),
    );
  } else if (String(type).toLowerCase() === 'text') fields.push(String(part[BASIC]));
  return `(${fields.join(' ')})`;
}

function shown(value: Value): string {
  if (Array.isArray(value)) return `(${value.map(shown).join(value.every(Array.isArray) ? '' : ' ')})`;
  return inlineString(value as string | null);
}
