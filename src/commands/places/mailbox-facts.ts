import type { Json } from '../../contracts/journal.ts';
import type { Mailbox } from '../../contracts/mail.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showSize } from '../../kit/units.ts';

/** A mailbox as JSON shows it, wherever it is. */
export function mailboxFacts(box: Mailbox): { readonly [key: string]: Json } {
  return {
    mailbox: box.name,
    messages: box.messages,
    unseen: box.unseen,
    bytes: box.bytes,
    uid_validity: box.uidValidity,
    uid_next: box.uidNext,
    modseq: box.highestModseq,
    subscribed: box.subscribed ?? null,
    use: [...(box.use ?? [])],
    selectable: box.selectable ?? true,
  };
}

/** Columns for people: messages, unseen, size, name, what it is for. */
export function mailboxTable(boxes: readonly Mailbox[]): string {
  const rows = boxes.map(({ name, messages, unseen, bytes, use = [], selectable }) => [
    selectable === false ? '-' : String(messages),
    selectable === false ? '-' : `${unseen} new`,
    selectable === false ? '-' : showSize(bytes),
    [escapeLine(name, 1000), ...use.map((one) => escapeLine(one, 30))].join('  '),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at < 3 ? cell.padStart(widths[at]!) : cell))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
