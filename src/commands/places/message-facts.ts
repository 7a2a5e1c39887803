import type { Json } from '../../contracts/journal.ts';
import type { MailEntry, MailStore } from '../../contracts/mail.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showSize } from '../../kit/units.ts';

/** A message as JSON shows it, wherever it is. */
export function messageFacts(entry: MailEntry): { readonly [key: string]: Json } {
  const { headers, envelope } = entry;
  return {
    id: entry.id,
    uid: entry.uid,
    size: entry.size,
    received_at: known(entry.receivedAt) ? entry.receivedAt : null,
    from: headers.from,
    to: headers.to,
    subject: headers.subject,
    date: headers.date,
    message_id: headers.messageId,
    envelope_from: envelope.from,
    envelope_to: envelope.to,
    flags: entry.flags,
  };
}

/** What the place knows of the delivery; nothing where it knows nothing. */
export async function originFacts(
  { mail, mailbox }: { readonly mail: MailStore; readonly mailbox: string },
  { uid, id }: MailEntry,
): Promise<{ readonly [key: string]: Json }> {
  const origin = await mail.origin?.(mailbox, uid);
  if (origin === undefined) return {};
  const { transcript, user, ...session } = origin;
  // The answer behind which it was stored ends with the id.
  const told = transcript === undefined ? null : `${transcript}${id}`;
  return { delivered: { ...session, user: user ?? null }, transcript: told };
}

/** A remote end may not tell when a message arrived; it says the beginning of time then. */
function known(time: string): boolean {
  return Date.parse(time) > 0;
}

/** Columns for people: id, size, time, sender, subject. */
export function messageTable(entries: readonly MailEntry[]): string {
  const rows = entries.map(({ id, size, receivedAt, headers }) => [
    escapeLine(id, 70),
    showSize(size),
    known(receivedAt) ? receivedAt.slice(0, 16).replace('T', ' ') : '-',
    escapeLine(headers.from, 40),
    escapeLine(headers.subject, 200),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 1 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
