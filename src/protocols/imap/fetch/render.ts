/** One message → one untagged FETCH. Each item is made a writer once, and asked once for each message. */
import type { MimePart, Scanned, ScanWish } from '../../../contracts/mail.ts';
import { beginningOf, firstWords, textPart } from '../../../kit/mime/beginning.ts';
import { emailId } from '../object-ids.ts';
import type { Session } from '../session.ts';
import { encodeUtf8 } from '../syntax/binary-text.ts';
import { formatDateTime } from '../syntax/date-time.ts';
import { formatFlags } from '../syntax/flags.ts';
import { inlineString } from '../syntax/write.ts';
import type { View } from '../view.ts';
import { asciiBody, asciiEnvelope, asciiStructure } from './ascii.ts';
import { headerFields } from './header-fields.ts';
import type { Binary, Fact, Item, Section } from './items.ts';
import { cut, partAt, type Span, spanOf } from './parts.ts';
import { bodyOf } from './structure.ts';
import { decodeAll, decoderOf } from './transfer-coding.ts';

/** A literal: octets that are here, or octets of the message that are read as they are sent. */
export type Content =
  | { readonly label: string; readonly octets: Uint8Array; readonly binary?: boolean }
  | { readonly label: string; readonly span: Span }
  | { readonly label: string; readonly encoded: Span; readonly encoding: string; readonly item: Binary }
  | { readonly label: string; readonly fieldsOf: Span; readonly item: Section }
  | { readonly label: string; readonly wordsOf: MimePart };

/** Text as it stands in the answer, or a literal. */
export type Writer = (index: number, scanned: Scanned) => string | Content;

const STORED: ReadonlySet<Fact> = new Set(['INTERNALDATE', 'SAVEDATE', 'EMAILID', 'RFC822.SIZE']);

/** What must be asked of the store; undefined: the view knows it all. */
export function wishOf(items: readonly Item[]): ScanWish | undefined {
  const index = new Set<'root' | 'envelope' | 'structure'>();
  let [header, content, facts] = [false, false, false];
  for (const item of items) {
    if (item.kind === 'fact') {
      if (item.fact === 'ENVELOPE') index.add('envelope');
      else if (item.fact === 'BODY' || item.fact === 'BODYSTRUCTURE') index.add('structure');
      else if (STORED.has(item.fact)) facts = true;
      else if (item.fact === 'PREVIEW') {
        content = true;
        index.add('root');
      }
    } else if (item.kind === 'section' && isTopHeader(item)) header = true;
    else {
      content = true;
      if (item.kind !== 'section' || item.path.length > 0 || item.what === 'TEXT') index.add('root');
    }
  }
  if (!header && !content && !facts && index.size === 0) return undefined;
  return {
    ...(index.size > 0 ? { index: [...index] } : {}),
    ...(header ? { header: true as const } : {}),
    ...(content ? { content: true as const } : {}),
  };
}

function isTopHeader({ path, what }: Section): boolean {
  return path.length === 0 && (what === 'HEADER' || what === 'FIELDS' || what === 'FIELDS.NOT');
}

export function writersOf(items: readonly Item[], session: Session): readonly Writer[] {
  return items.map((item) => {
    if (item.kind === 'fact') return factWriter(item.fact, session, session.view!);
    return item.kind === 'section' ? sectionWriter(item) : binaryWriter(item);
  });
}

function factWriter(fact: Fact, session: Session, view: View): Writer {
  const { utf8 } = session;
  switch (fact) {
    case 'UID':
      return (index) => `UID ${view.uid(index)}`;
    case 'FLAGS': {
      // A mailbox has few sets of flags, and many messages with each.
      const shown: string[] = [];
      return (index) => (shown[view.flagSet(index)] ??= `FLAGS ${formatFlags(view.flags(index))}`);
    }
    case 'MODSEQ':
      return (index) => `MODSEQ (${view.modseq(index)})`;
    case 'INTERNALDATE':
      return (_, { receivedAt }) => `INTERNALDATE "${formatDateTime(receivedAt)}"`;
    case 'SAVEDATE':
      return (_, { savedAt }) => `SAVEDATE "${formatDateTime(savedAt)}"`;
    case 'EMAILID':
      return (_, { id }) => `EMAILID (${emailId(session, id)})`;
    case 'THREADID':
      // Nobody here keeps threads (RFC 8474 section 5.2); THREAD makes them of what is asked for.
      return () => 'THREADID NIL';
    case 'RFC822.SIZE':
      return (_, { size }) => `RFC822.SIZE ${size}`;
    case 'PREVIEW':
      return (_, { index, content }) => preview(index!.root!, content, utf8);
    case 'ENVELOPE':
      if (utf8) return (_, { index }) => `ENVELOPE ${index!.envelope!}`;
      return (_, { index }) => `ENVELOPE ${asciiEnvelope(index!.envelope!)}`;
    case 'BODY':
      if (utf8) return (_, { index }) => `BODY ${bodyOf(index!.structure!)}`;
      return (_, { index }) => `BODY ${asciiBody(index!.structure!)}`;
    case 'BODYSTRUCTURE':
      if (utf8) return (_, { index }) => `BODYSTRUCTURE ${index!.structure!}`;
      return (_, { index }) => `BODYSTRUCTURE ${asciiStructure(index!.structure!)}`;
  }
}

function preview(root: MimePart, content: Uint8Array | undefined, utf8: boolean): string | Content {
  const part = textPart(root);
  if (!part) return formatPreview('', utf8);
  if (!content) return { label: 'PREVIEW', wordsOf: part };
  const { start, end } = beginningOf(part);
  return formatPreview(firstWords(part, content.subarray(start, end)), utf8);
}

/** UTF-8 whoever asks (RFC 8970 section 3.2): as a literal for a client that has not said that it reads it in quotes. */
export function formatPreview(words: string, utf8: boolean): string {
  return `PREVIEW ${inlineString(encodeUtf8(words), utf8)}`;
}

function sectionWriter(section: Section): Writer {
  const { label, partial, what, fields } = section;
  const none = `${label} NIL`;
  const some = (octets: Uint8Array): Content => {
    const { start, end } = cut({ start: 0, end: octets.length }, partial);
    return { label, octets: octets.subarray(start, end) };
  };
  if (isTopHeader(section)) {
    if (what === 'HEADER') return (_, { header }) => some(header!);
    return (_, { header }) => some(headerFields(header!, fields, what === 'FIELDS.NOT'));
  }
  const whole = section.path.length === 0 && what === 'ALL';
  return (_, { index, size, content }) => {
    const span = whole ? { start: 0, end: size } : spanOf(index!.root!, section);
    if (!span) return none;
    if (what === 'FIELDS' || what === 'FIELDS.NOT') {
      if (!content) return { label, fieldsOf: span, item: section };
      return some(headerFields(content.subarray(span.start, span.end), fields, what === 'FIELDS.NOT'));
    }
    const { start, end } = cut(span, partial);
    return content ? { label, octets: content.subarray(start, end) } : { label, span: { start, end } };
  };
}

function binaryWriter(item: Binary): Writer {
  const { label, partial, kind } = item;
  return (_, { index, size, content }) => {
    const part = codedPart(index!.root!, size, item);
    if (!part) return kind === 'binary.size' ? `${label} 0` : `${label} NIL`;
    if (!content) return { label, encoded: part.span, encoding: part.encoding, item };
    const octets = decodeAll(decoderOf(part.encoding)!, content.subarray(part.span.start, part.span.end));
    if (kind === 'binary.size') return `${label} ${octets.length}`;
    const { start, end } = cut({ start: 0, end: octets.length }, partial);
    const shown = octets.subarray(start, end);
    return { label, octets: shown, binary: shown.includes(0) };
  };
}

/** The body of a part and how it is encoded; the message as a whole, and what holds parts, is as it is. */
function codedPart(root: MimePart, size: number, { path }: Binary): { span: Span; encoding: string } | undefined {
  if (path.length === 0) return { span: { start: 0, end: size }, encoding: 'binary' };
  const part = partAt(root, path);
  const encoding = part?.parts ? 'binary' : part?.encoding;
  return part && { span: { start: part.body, end: part.end }, encoding: encoding ?? '' };
}

/** Whether all encodings that an answer needs undone are known (RFC 3516, UNKNOWN-CTE). */
export function decodable(items: readonly Item[], { index, size }: Scanned): boolean {
  return items.every((item) => {
    if (item.kind === 'fact' || item.kind === 'section') return true;
    const part = codedPart(index!.root!, size, item);
    return !part || decoderOf(part.encoding) !== undefined;
  });
}
