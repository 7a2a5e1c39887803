/** Records of the contracts as JSON of the control API, and back; what comes back is checked. */
import type { FileFacts } from '../../contracts/files.ts';
import type { Fact, Json } from '../../contracts/journal.ts';
import type { Mailbox, MailEntry } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';

type Record = { readonly [key: string]: Json | undefined };

export function entryJson(entry: MailEntry): Json {
  const { headers, envelope } = entry;
  return {
    schema: 'cs.mail/1',
    uid: entry.uid,
    id: entry.id,
    size: entry.size,
    received_at: entry.receivedAt,
    flags: entry.flags,
    modseq: entry.modseq,
    from: envelope.from,
    to: envelope.to,
    header_from: headers.from,
    header_to: headers.to,
    subject: headers.subject,
    message_id: headers.messageId,
    date: headers.date,
  };
}

export function factsJson({ kind, size, modified, mode, tag }: FileFacts): { readonly [key: string]: Json } {
  return { kind, size, modified_ms: modified, mode: mode ?? null, tag };
}

export function fileFactsOf(json: Json): FileFacts {
  const it = record(json);
  const { mode } = it;
  return {
    kind: text(it, 'kind') === 'directory' ? 'directory' : 'file',
    size: number(it, 'size'),
    modified: number(it, 'modified_ms'),
    tag: text(it, 'tag'),
    ...(typeof mode === 'number' ? { mode } : {}),
  };
}

export function entryOf(json: Json): MailEntry {
  const it = record(json);
  return {
    uid: number(it, 'uid'),
    id: text(it, 'id'),
    size: number(it, 'size'),
    receivedAt: text(it, 'received_at'),
    flags: texts(it, 'flags'),
    modseq: number(it, 'modseq'),
    envelope: { from: text(it, 'from'), to: texts(it, 'to') },
    headers: {
      from: text(it, 'header_from'),
      to: texts(it, 'header_to'),
      subject: text(it, 'subject'),
      messageId: text(it, 'message_id'),
      date: text(it, 'date'),
    },
  };
}

export function boxJson(box: Mailbox): Json {
  return {
    schema: 'cs.mailbox/1',
    name: box.name,
    uid_validity: box.uidValidity,
    ...(box.id === undefined ? {} : { id: box.id }),
    uid_next: box.uidNext,
    messages: box.messages,
    unseen: box.unseen,
    bytes: box.bytes,
    highest_modseq: box.highestModseq,
    ...(box.subscribed === undefined ? {} : { subscribed: box.subscribed }),
    ...(box.use && { use: box.use }),
    ...(box.selectable === false && { selectable: false }),
  };
}

export function boxOf(json: Json): Mailbox {
  const it = record(json);
  return {
    name: text(it, 'name'),
    ...(it.id === undefined ? {} : { id: text(it, 'id') }),
    uidValidity: number(it, 'uid_validity'),
    uidNext: number(it, 'uid_next'),
    messages: number(it, 'messages'),
    unseen: number(it, 'unseen'),
    bytes: number(it, 'bytes'),
    highestModseq: number(it, 'highest_modseq'),
    ...(typeof it.subscribed === 'boolean' ? { subscribed: it.subscribed } : {}),
    ...(it.use === undefined ? {} : { use: texts(it, 'use') }),
    ...(it.selectable === false ? { selectable: false } : {}),
  };
}

export function factOf(json: Json): Fact {
  const it = record(json);
  number(it, 'cursor');
  text(it, 'ts');
  text(it, 'event');
  return it as Fact;
}

export function record(json: Json): Record {
  if (json !== null && typeof json === 'object' && !Array.isArray(json)) return json as Record;
  throw broken('not an object');
}

export function number(it: Record, key: string): number {
  const value = it[key];
  if (typeof value === 'number') return value;
  throw broken(`${key} is not a number`);
}

export function text(it: Record, key: string): string {
  const value = it[key];
  if (typeof value === 'string') return value;
  throw broken(`${key} is not a text`);
}

export function texts(it: Record, key: string): readonly string[] {
  const value = it[key];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw broken(`${key} is not a list of texts`);
}

export function numbers(it: Record, key: string): readonly number[] {
  const value = it[key];
  if (Array.isArray(value) && value.every((one) => typeof one === 'number')) return value;
  throw broken(`${key} is not a list of numbers`);
}

export function records(it: Record, key: string): readonly Record[] {
  const value = it[key];
  if (Array.isArray(value)) return value.map(record);
  throw broken(`${key} is not a list`);
}

function broken(what: string): CsError {
  return new CsError('CS_PEER_PROTOCOL', `control API: ${what}`);
}
