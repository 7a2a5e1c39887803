/** Our records in Mailpit's words (its API v1): messages in PascalCase, counters of lists in snake_case. */
import { createHash } from 'node:crypto';
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { addressTexts, mailAddress } from '../../../kit/mime/address-text.ts';
import type { Catalogue } from '../model/catalogue.ts';
import type { Digests } from '../model/digest.ts';
import { headerValue } from '../model/header-lines.ts';
import type { Message, MessagePart } from '../model/message.ts';
import { tagsOf } from '../model/tags.ts';

type Record = { readonly [key: string]: Json };

export function addressJson(written: string): Record {
  const { name, address } = mailAddress(written);
  return { Name: name, Address: address };
}

export function addressList(written: string): readonly Record[] {
  return addressTexts(written).map(addressJson);
}

export function itemJson(entry: MailEntry, digests: Digests): Record {
  const { headers, flags } = entry;
  const digest = digests.digest(entry.id);
  return {
    ID: entry.id,
    MessageID: bareId(headers.messageId),
    Read: flags.includes('\\Seen'),
    From: addressJson(headers.from),
    To: headers.to.map(addressJson),
    Cc: addressList(digest?.cc ?? ''),
    Bcc: addressList(digest?.bcc ?? ''),
    ReplyTo: addressList(digest?.replyTo ?? ''),
    Subject: headers.subject,
    Created: entry.receivedAt,
    Username: '',
    Tags: tagsOf(flags),
    Size: entry.size,
    Attachments: digest?.attachments ?? 0,
    Snippet: digests.snippet(entry.id) ?? '',
  };
}

export function listJson(
  catalogue: Catalogue,
  found: readonly MailEntry[],
  page: readonly Record[],
  start: number,
): Record {
  const { mailbox } = catalogue;
  return {
    total: mailbox.messages,
    unread: mailbox.unseen,
    count: page.length,
    messages_count: found.length,
    messages_unread: found.filter(({ flags }) => !flags.includes('\\Seen')).length,
    start,
    tags: allTags(catalogue),
    messages: page,
  };
}

export function allTags({ entries }: Catalogue): readonly string[] {
  return [...new Set(entries.flatMap(({ flags }) => tagsOf(flags)))].sort();
}

export function messageJson(entry: MailEntry, message: Message): Record {
  const value = (name: string): string => headerValue(message.headers, name);
  const date = Date.parse(entry.headers.date);
  const unsubscribe = value('list-unsubscribe');
  return {
    ID: entry.id,
    MessageID: bareId(entry.headers.messageId),
    From: addressJson(entry.headers.from),
    To: entry.headers.to.map(addressJson),
    Cc: addressList(value('cc')),
    Bcc: addressList(value('bcc')),
    ReplyTo: addressList(value('reply-to')),
    ReturnPath: entry.envelope.from,
    Subject: entry.headers.subject,
    ListUnsubscribe: {
      Header: unsubscribe,
      Links: [...unsubscribe.matchAll(/<((?:https?|mailto):[^>\s]{1,2000})>/gi)].map(([, link]) => link!),
      Errors: '',
      HeaderPost: value('list-unsubscribe-post'),
    },
    Date: Number.isNaN(date) ? entry.receivedAt : new Date(date).toISOString(),
    Tags: tagsOf(entry.flags),
    Username: '',
    Text: message.text ?? '',
    HTML: message.html ?? '',
    Size: entry.size,
    Inline: message.parts.filter(inline).map((part) => partJson(message, part)),
    Attachments: message.parts
      .filter((part) => part.role === 'attachment' && !inline(part))
      .map((part) => partJson(message, part)),
  };
}

function inline({ role, disposition, contentId }: MessagePart): boolean {
  return role === 'attachment' && disposition === 'inline' && contentId !== '';
}

function partJson(message: Message, part: MessagePart): Record {
  const octets = message.content(part);
  const sum = (kind: string): string => createHash(kind).update(octets).digest('hex');
  return {
    PartID: part.id,
    FileName: part.name || part.contentId || `part-${part.id}`,
    ContentType: part.type,
    ContentID: part.contentId,
    Size: part.size,
    Checksums: { MD5: sum('md5'), SHA1: sum('sha1'), SHA256: sum('sha256') },
  };
}

export function bareId(written: string): string {
  return written.trim().replace(/^<|>$/g, '');
}
