/** A message in MailDev's words. */
import { createHash } from 'node:crypto';
import type { Json } from '../../../contracts/journal.ts';
import type { MailEntry } from '../../../contracts/mail.ts';
import { addressTexts, mailAddress } from '../../../kit/mime/address-text.ts';
import { showSize } from '../../../kit/units.ts';
import { headerValue } from '../model/header-lines.ts';
import type { Message } from '../model/message.ts';
import { bareId } from './mailpit-wording.ts';

export function emailJson(entry: MailEntry, message: Message): { readonly [key: string]: Json } {
  const value = (name: string): string => headerValue(message.headers, name);
  const addresses = (written: string): Json[] => addressTexts(written).map((one) => ({ ...mailAddress(one) }));
  const date = Date.parse(entry.headers.date);
  return {
    id: entry.id,
    time: entry.receivedAt,
    date: Number.isNaN(date) ? entry.receivedAt : new Date(date).toISOString(),
    messageId: bareId(entry.headers.messageId),
    from: addresses(entry.headers.from),
    to: entry.headers.to.map((one) => ({ ...mailAddress(one) })),
    cc: addresses(value('cc')),
    bcc: addresses(value('bcc')),
    replyTo: addresses(value('reply-to')),
    subject: entry.headers.subject,
    text: message.text ?? '',
    html: message.html ?? '',
    headers: headersJson(message),
    priority: 'normal',
    read: entry.flags.includes('\\Seen'),
    envelope: {
      from: { address: entry.envelope.from, args: false },
      to: entry.envelope.to.map((address) => ({ address, args: false })),
      host: '',
      remoteAddress: '',
    },
    size: entry.size,
    sizeHuman: showSize(entry.size),
    attachments: message.parts
      .filter(({ role }) => role === 'attachment')
      .map((part) => ({
        fileName: part.name || `part-${part.id}`,
        generatedFileName: part.name || `part-${part.id}`,
        contentType: part.type,
        contentDisposition: part.disposition,
        contentId: part.contentId,
        transferEncoding: part.mime.encoding,
        length: part.size,
        checksum: createHash('md5').update(message.content(part)).digest('hex'),
      })),
  };
}

function headersJson({ headers }: Message): Json {
  const found = new Map<string, Json>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const before = found.get(key);
    found.set(key, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]);
  }
  return Object.fromEntries(found);
}
