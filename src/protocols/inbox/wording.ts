/** Records of the model as JSON of the API. Keys are snake_case, times RFC 3339, sizes octets; changes only add. */
import type { Origin } from '../../contracts/delivery.ts';
import type { Json } from '../../contracts/journal.ts';
import type { MailEntry } from '../../contracts/mail.ts';
import { mailAddress } from '../../kit/mime/address-text.ts';
import { redact } from '../../kit/secret.ts';
import type { Catalogue } from './model/catalogue.ts';
import type { Digests } from './model/digest.ts';
import type { Message, MessagePart } from './model/message.ts';
import { tagsOf } from './model/tags.ts';

type Record = { readonly [key: string]: Json };

/** A message as lists show it. `snippet` and `attachments` are null where nobody has looked at it yet. */
export function rowJson(entry: MailEntry, digests: Digests): Record {
  const { headers, envelope, flags } = entry;
  return {
    id: entry.id,
    uid: entry.uid,
    size: entry.size,
    received_at: entry.receivedAt,
    from: addressJson(headers.from),
    to: headers.to.map(addressJson),
    subject: headers.subject,
    date: headers.date,
    message_id: headers.messageId,
    envelope: { from: envelope.from, to: envelope.to },
    seen: flags.includes('\\Seen'),
    flagged: flags.includes('\\Flagged'),
    answered: flags.includes('\\Answered'),
    tags: tagsOf(flags),
    snippet: digests.snippet(entry.id) ?? null,
    attachments: digests.digest(entry.id)?.attachments ?? null,
  };
}

export function addressJson(written: string): Record {
  return { ...mailAddress(written) };
}

export function countsJson({ mailbox }: Catalogue): Record {
  return { total: mailbox.messages, unseen: mailbox.unseen, bytes: mailbox.bytes, modseq: mailbox.highestModseq };
}

/** `delivered` null: it was put here by hand, or by a store that keeps no such thing. */
export function originJson(
  { id, receivedAt, envelope: { from, to } }: Pick<MailEntry, 'id' | 'receivedAt' | 'envelope'>,
  origin: Origin | undefined,
): Record {
  const facts = { id, received_at: receivedAt, envelope: { from, to } };
  if (origin === undefined) return { ...facts, delivered: null, transcript: null };
  const { transcript, user, ...session } = origin;
  return {
    ...facts,
    delivered: { ...session, user: user ?? null },
    // The answer behind which it was stored ends with the id.
    transcript: transcript === undefined ? null : redact(`${transcript}${id}`),
  };
}

export function messageJson(message: Message): Record {
  return {
    headers: message.headers.map(([name, value]) => [name, value]),
    html: message.html ?? null,
    text: message.text ?? null,
    parts: message.parts.map(partJson),
    cut: message.cut,
  };
}

function partJson({ id, depth, type, name, size, disposition, contentId, role }: MessagePart): Json {
  return { part: id, depth, type, name, size, disposition, content_id: contentId, role };
}
