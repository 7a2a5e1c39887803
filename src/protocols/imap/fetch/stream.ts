/** Literals of large messages: their octets pass through, they are never here as a whole. */
import { CsError } from '../../../kit/errors.ts';
import { beginningOf, firstWords } from '../../../kit/mime/beginning.ts';
import type { Session } from '../session.ts';
import { headerFields } from './header-fields.ts';
import type { Binary } from './items.ts';
import { cut, type Span } from './parts.ts';
import { type Content, formatPreview } from './render.ts';
import { decoderOf } from './transfer-coding.ts';

/** Octets of a header inside a large message. */
const HEADER_LIMIT = 1024 * 1024;

type Large = Exclude<Content, { readonly octets: Uint8Array }>;

/** @param before text of the answer up to here */
export async function writeLarge(session: Session, uid: number, before: string, content: Large): Promise<void> {
  if ('span' in content) return writeSpan(session, uid, before + content.label, content.span);
  if ('wordsOf' in content) {
    const octets = await gathered(read(session, uid, beginningOf(content.wordsOf)));
    return session.out.text(before + formatPreview(firstWords(content.wordsOf, octets), session.utf8));
  }
  if ('fieldsOf' in content) {
    const { fieldsOf, item, label } = content;
    const end = Math.min(fieldsOf.end, fieldsOf.start + HEADER_LIMIT);
    const octets = await gathered(read(session, uid, { start: fieldsOf.start, end }));
    const fields = headerFields(octets, item.fields, item.what === 'FIELDS.NOT');
    const { start, end: last } = cut({ start: 0, end: fields.length }, item.partial);
    session.out.text(`${before}${label} {${last - start}}\r\n`);
    return session.out.octets(fields.subarray(start, last));
  }
  return writeDecoded(session, uid, before, content);
}

function read({ store, view }: Session, uid: number, span: Span): AsyncIterable<Uint8Array> {
  return store!.read(view!.name, uid, span);
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

async function writeSpan(session: Session, uid: number, before: string, span: Span): Promise<void> {
  const size = span.end - span.start;
  session.out.text(`${before} {${size}}\r\n`);
  if (size > 0) await writeThrough(session, size, read(session, uid, span));
}

/** Exactly so many octets follow a literal's mark; where they cannot be had, no later octet could be understood. */
async function writeThrough(session: Session, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  session.midLiteral = true;
  let left = size;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) break;
    session.out.octets(chunk);
    const paced = session.pace();
    if (paced) await paced;
  }
  if (left !== 0) throw new CsError('CS_FAILED', 'a message is not as long as it was said to be');
  session.midLiteral = false;
}

/** Decoded twice: the size stands before the octets. */
async function writeDecoded(
  session: Session,
  uid: number,
  before: string,
  content: { readonly label: string; readonly encoded: Span; readonly encoding: string; readonly item: Binary },
): Promise<void> {
  const { label, encoded, encoding, item } = content;
  const decoded = () => decode(read(session, uid, encoded), encoding);
  let [size, nul] = [0, false];
  for await (const octets of decoded()) {
    size += octets.length;
    nul ||= octets.includes(0);
  }
  if (item.kind === 'binary.size') return session.out.text(`${before}${label} ${size}`);
  const { start, end } = cut({ start: 0, end: size }, item.partial);
  session.out.text(`${before}${label} ${nul ? '~' : ''}{${end - start}}\r\n`);
  await writeThrough(session, end - start, sliced(decoded(), { start, end }));
}

async function* decode(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = decoderOf(encoding)!;
  for await (const chunk of chunks) yield decoder.push(chunk);
  yield decoder.end();
}

async function* sliced(chunks: AsyncIterable<Uint8Array>, { start, end }: Span): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const [from, to] = [Math.max(0, start - at), Math.min(chunk.length, end - at)];
    at += chunk.length;
    if (from < to) yield chunk.subarray(from, to);
    if (at >= end) return;
  }
}
