/** Where the octets of a section are in a message (RFC 9051 section 6.4.5.1). */
import type { MimePart } from '../../../contracts/mail.ts';
import type { Partial, Section } from './items.ts';

/** Octets of a message, `end` excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The part of that number: of a multipart its parts count from 1, of anything else 1 is its body. */
export function partAt(root: MimePart, path: readonly number[]): MimePart | undefined {
  let parts: readonly MimePart[] = partsOf(root);
  let found: MimePart | undefined = root;
  for (const number of path) {
    found = parts[number - 1];
    if (!found) return undefined;
    parts = below(found);
  }
  return found;
}

/** The parts of a message, by number. */
function partsOf(message: MimePart): readonly MimePart[] {
  return message.type.startsWith('multipart/') && message.parts ? message.parts : [message];
}

function below(part: MimePart): readonly MimePart[] {
  const [inner] = part.parts ?? [];
  if (isMessage(part)) return inner ? partsOf(inner) : [];
  return part.parts ?? [];
}

function isMessage({ type }: MimePart): boolean {
  return type === 'message/rfc822' || type === 'message/global';
}

/** Undefined where there is no such part. HEADER.FIELDS is cut out of its span later. */
export function spanOf(root: MimePart, { path, what }: Pick<Section, 'path' | 'what'>): Span | undefined {
  const part = partAt(root, path);
  if (!part) return undefined;
  if (path.length === 0) return within(part, what, 0);
  if (what === 'ALL') return { start: part.body, end: part.end };
  if (what === 'MIME') return { start: part.start, end: part.body };
  // HEADER and TEXT of a part are those of the message inside it.
  const [inner] = part.parts ?? [];
  return isMessage(part) && inner ? within(inner, what, inner.start) : undefined;
}

function within(message: MimePart, what: Section['what'], start: number): Span {
  if (what === 'ALL') return { start, end: message.end };
  return what === 'TEXT' ? { start: message.body, end: message.end } : { start, end: message.body };
}

export function cut({ start, end }: Span, partial: Partial | undefined): Span {
  if (!partial) return { start, end };
  const from = Math.min(end, start + partial.offset);
  return { start: from, end: Math.min(end, from + partial.length) };
}
