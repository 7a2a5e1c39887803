/** One stored message taken apart for people: texts, headers, parts. Whatever it holds, reading it never fails. */
import type { Email } from 'postal-mime';
import type { MailStore } from '../../../contracts/mail.ts';

export interface MessagePart {
  /** Of this message: `1` is the first one. No word of the message's own. */
  readonly id: string;
  /** `image/png`, lower case; only ever a claim. */
  readonly type: string;
  /** As the message has it: never a path to anything. '' where it has none. */
  readonly name: string;
  readonly size: number;
  readonly disposition: string;
  /** Without its angle brackets; '' where it has none. */
  readonly contentId: string;
  readonly content: Uint8Array;
}

export interface Message {
  /** In their order, unfolded. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly html: string | undefined;
  readonly text: string | undefined;
  /** Everything but the texts above. */
  readonly parts: readonly MessagePart[];
  /** What lies beyond the limits was not looked at; the source has it. */
  readonly cut: boolean;
}

/** Octets of a message that are taken apart. */
export const MESSAGE_LIMIT = 32 * 1024 * 1024;
const DEPTH = 100;
const PARTS = 1000;
const NAME = 1000;

/** Throws `CS_NOT_FOUND` when it is gone meanwhile. */
export async function readMessage(mail: MailStore, mailbox: string, uid: number, limit = MESSAGE_LIMIT) {
  return takenApart(await octetsOf(mail, mailbox, uid, limit), limit);
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

async function takenApart(raw: Buffer, limit: number): Promise<Message> {
  const { default: PostalMime } = await import('postal-mime');
  const cut = raw.length >= limit;
  try {
    return facts(await PostalMime.parse(raw, { maxNestingDepth: DEPTH, rfc822Attachments: true }), cut);
  } catch {
    // Too deep, or too much of a header: shown as the text that it is.
    return { headers: [], html: undefined, text: raw.toString('utf8', 0, 1024 * 1024), parts: [], cut: true };
  }
}

function facts(mail: Email, cut: boolean): Message {
  return {
    headers: mail.headers.map(({ originalKey, value }) => [originalKey, value] as const),
    html: mail.html,
    text: mail.text,
    parts: mail.attachments.slice(0, PARTS).map((part, index) => {
      const content = typeof part.content === 'string' ? Buffer.from(part.content) : new Uint8Array(part.content);
      return {
        id: String(index + 1),
        type: /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/.test(part.mimeType)
          ? part.mimeType
          : 'application/octet-stream',
        name: (part.filename ?? '').slice(0, NAME),
        size: content.length,
        disposition: part.disposition === 'inline' ? 'inline' : 'attachment',
        contentId: (part.contentId ?? '').replace(/^<|>$/g, '').slice(0, NAME),
        content,
      };
    }),
    cut: cut || mail.attachments.length > PARTS,
  };
}
