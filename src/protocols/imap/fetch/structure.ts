/** BODYSTRUCTURE, read and written anew (RFC 9051 section 7.5.2): without its extension data it is BODY. */
import { Cursor, type Value } from '../syntax/cursor.ts';
import { type Line, LineReader } from '../syntax/line-reader.ts';
import { inlineString } from '../syntax/write.ts';

/** Fields of a part that are basic: type, subtype, parameters, id, description, encoding, octets. */
const PARAMETERS = 2;
const DESCRIPTION = 4;
const OCTETS = 6;

export interface StructureStyle {
  /** With extension data. */
  readonly extension: boolean;
  /** What people wrote. */
  readonly text: (value: string | null) => string;
  /** What programs compare. */
  readonly plain: (value: string | null) => string;
  readonly parameter: (name: string, value: string) => string;
  readonly envelope: (value: Value) => string;
}

/** BODY as it is stored. */
const BODY: StructureStyle = {
  extension: false,
  text: (value) => inlineString(value),
  plain: (value) => inlineString(value),
  parameter: (name, value) => `${inlineString(name)} ${inlineString(value)}`,
  envelope: shown,
};

export function bodyOf(structure: string): string {
  return formatPart(readValue(structure) as readonly Value[], BODY);
}

/** What our own indexer wrote. */
export function readValue(binary: string): Value {
  let found: Line | undefined;
  const reader = new LineReader({ limit: Number.MAX_SAFE_INTEGER });
  for (const event of reader.receive(Buffer.from(`${binary}\r\n`, 'latin1'))) {
    if (event.kind === 'line') found = event.line;
  }
  return new Cursor(found ?? []).value();
}

export function formatPart(part: readonly Value[], style: StructureStyle): string {
  const count = part.findIndex((value) => !Array.isArray(value));
  return count > 0 ? multipart(part, count, style) : leaf(part, style);
}

function multipart(part: readonly Value[], count: number, style: StructureStyle): string {
  const parts = part.slice(0, count).map((one) => formatPart(one as readonly Value[], style));
  const fields = [style.plain(part[count] as string)];
  if (style.extension) fields.push(parameters(part[count + 1] ?? null, style), ...tail(part.slice(count + 2), style));
  return `(${parts.join('')} ${fields.join(' ')})`;
}

function leaf(part: readonly Value[], style: StructureStyle): string {
  const [type = '', subtype = ''] = part as readonly string[];
  const kind = `${type}/${subtype}`.toLowerCase();
  const fields = part.slice(0, OCTETS).map((value, at) => {
    if (at === PARAMETERS) return parameters(value, style);
    return (at === DESCRIPTION ? style.text : style.plain)(value as string | null);
  });
  fields.push(String(part[OCTETS]));
  let at = OCTETS + 1;
  // Whoever says `message/rfc822` and holds no message has neither envelope nor body.
  const message = Array.isArray(part[at]) && (kind === 'message/rfc822' || kind === 'message/global');
  if (message) {
    fields.push(style.envelope(part[at++] ?? null), formatPart(part[at++] as readonly Value[], style));
  }
  if (message || type.toLowerCase() === 'text') fields.push(String(part[at++]));
  if (style.extension) fields.push(style.plain(part[at++] as string | null), ...tail(part.slice(at), style));
  return `(${fields.join(' ')})`;
}

/** Disposition, language, location. */
function tail(
  [disposition = null, language = null, location = null]: readonly Value[],
  style: StructureStyle,
): string[] {
  const said = Array.isArray(disposition)
    ? `(${style.plain(disposition[0] as string)} ${parameters(disposition[1] ?? null, style)})`
    : 'NIL';
  const tags = Array.isArray(language) ? `(${language.map((tag) => style.plain(tag as string)).join(' ')})` : 'NIL';
  return [said, tags, style.plain(location as string | null)];
}

function parameters(list: Value, style: StructureStyle): string {
  if (!Array.isArray(list)) return 'NIL';
  const pairs = list as readonly string[];
  const names = pairs.filter((_, at) => at % 2 === 0);
  return `(${names.map((name, at) => style.parameter(name, pairs[at * 2 + 1]!)).join(' ')})`;
}

function shown(value: Value): string {
  if (Array.isArray(value)) return `(${value.map(shown).join(value.every(Array.isArray) ? '' : ' ')})`;
  return inlineString(value as string | null);
}
