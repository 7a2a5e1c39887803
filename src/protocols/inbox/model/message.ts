/** One stored message taken apart for people and programs: texts, headers, parts. Whatever it holds, reading it never fails. */
import type { MailStore, MimePart } from '../../../contracts/mail.ts';
import { decodeText } from '../../../kit/mime/charset.ts';
import { DEPTH_LIMIT, MessageIndexer, PARTS_LIMIT } from '../../../kit/mime/indexer.ts';
import { find, parameter } from '../../../kit/mime/parameters.ts';
import { decodeTransfer } from '../../../kit/mime/transfer-coding.ts';
import { type HeaderLine, headerLines } from './header-lines.ts';

export interface MessagePart {
  /** Its section number (RFC 9051 section 6.4.5): `1`, `2.1`. No word of the message's own. */
  readonly id: string;
  /** 1: a part of the message itself. */
  readonly depth: number;
  /** `image/png`, lower case; only ever a claim. */
  readonly type: string;
  /** As the message has it: never a path to anything. '' where it has none. */
  readonly name: string;
  /** Octets, once its coding is undone. */
  readonly size: number;
  readonly disposition: 'inline' | 'attachment';
  /** Without its angle brackets; '' where it has none. */
  readonly contentId: string;
  /** What it is to a reader: one of the texts that are shown, an attachment, or a box for others. */
  readonly role: 'html' | 'text' | 'attachment' | 'container';
  readonly mime: MimePart;
}

export interface Message {
  /** In their order, unfolded, decoded. */
  readonly headers: readonly HeaderLine[];
  readonly html: string | undefined;
  readonly text: string | undefined;
  /** All of them, as they lie in each other. */
  readonly parts: readonly MessagePart[];
  /** Something lies beyond the limits and was not looked into; the source has it. */
  readonly cut: boolean;
  /** A part's octets, its coding undone. */
  content(part: MessagePart): Uint8Array;
}

/** Octets of a message that are taken apart. */
export const MESSAGE_LIMIT = 32 * 1024 * 1024;
/** Of all texts of one kind. */
const TEXT_LIMIT = 8 * 1024 * 1024;
const NAME = 1000;

/** Throws `CS_NOT_FOUND` when it is gone meanwhile. */
export async function readMessage(mail: MailStore, mailbox: string, uid: number): Promise<Message> {
  const octets = await octetsOf(mail, mailbox, uid, MESSAGE_LIMIT);
  return takenApart(octets, octets.length >= MESSAGE_LIMIT);
}

/** The first `limit` octets. */
export async function octetsOf(mail: MailStore, mailbox: string, uid: number, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of mail.read(mailbox, uid, { start: 0, end: limit })) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}

/** @param octets a message, or its beginning */
export function takenApart(octets: Uint8Array, cut = false): Message {
  const indexer = new MessageIndexer();
  indexer.write(octets);
  const { root } = indexer.end();
  const content = ({ mime }: Pick<MessagePart, 'mime'>): Uint8Array => {
    return decodeTransfer(octets.subarray(mime.body, mime.end), mime.encoding);
  };
  const parts = [...listed(root, (mime) => content({ mime }).length)];
  const said = (role: 'html' | 'text'): string | undefined => {
    const texts = parts.filter((part) => part.role === role);
    if (texts.length === 0) return undefined;
    return texts
      .map((part) => decodeText(content(part), find(part.mime.params, 'charset')))
      .join('\n')
      .slice(0, TEXT_LIMIT);
  };
  return {
    headers: headerLines(octets.subarray(root.start, root.body)),
    html: said('html'),
    text: said('text'),
    parts,
    cut: cut || parts.length >= PARTS_LIMIT || parts.some(({ depth }) => depth >= DEPTH_LIMIT - 1),
    content,
  };
}

/** A part, then what lies in it. A message inside is one part: it is another message. */
export function* listed(root: MimePart, sizeOf: (mime: MimePart) => number): Generator<MessagePart> {
  const waiting: { readonly mime: MimePart; readonly id: string; readonly depth: number }[] = [
    { mime: root, id: '', depth: 0 },
  ];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { mime, id, depth } = next;
    const inside = mime.type.startsWith('multipart/') ? (mime.parts ?? []) : [];
    for (let at = inside.length - 1; at >= 0; at--) {
      waiting.push({ mime: inside[at]!, id: id === '' ? String(at + 1) : `${id}.${at + 1}`, depth: depth + 1 });
    }
    if (inside.length === 0) yield part(mime, id || '1', Math.max(depth, 1), sizeOf(mime));
    else if (id !== '') yield { ...part(mime, id, depth, 0), role: 'container' };
  }
}

function part(mime: MimePart, id: string, depth: number, size: number): MessagePart {
  const [kind, words] = mime.disposition ?? [undefined, []];
  const name = (parameter(words, 'filename') ?? parameter(mime.params, 'name') ?? '').slice(0, NAME);
  const contentId = (mime.id ?? '').trim().replace(/^<|>$/g, '').slice(0, NAME);
  const plain = mime.type === 'text/html' ? 'html' : mime.type === 'text/plain' ? 'text' : undefined;
  const shown = plain !== undefined && kind !== 'attachment' && (name === '' || kind === 'inline') ? plain : undefined;
  const inline = kind === 'inline' || shown !== undefined || (kind === undefined && contentId !== '');
  return {
    id,
    depth,
    type: mime.type,
    name,
    size,
    disposition: inline ? 'inline' : 'attachment',
    contentId,
    role: shown ?? 'attachment',
    mime,
  };
}
