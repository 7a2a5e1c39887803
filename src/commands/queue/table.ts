/** The queue for people: a line for each recipient that is left. */
import type { SpoolMessage, SpoolRecipient } from '../../contracts/spool.ts';
import { escapeLine } from '../../kit/escape.ts';
import { showDuration, showSize } from '../../kit/units.ts';

/** @param now milliseconds since 1970 */
export function queueTable(messages: readonly SpoolMessage[], now: number): string {
  const rows = messages.flatMap(({ id, size, queuedAt, envelope, recipients }) =>
    recipients.map((one) => [
      id,
      showSize(size),
      showDuration(Math.max(now - queuedAt, 0)),
      // The null sender: a report, which nobody is told about when it cannot be delivered.
      envelope.from === '' ? '<>' : escapeLine(envelope.from, 60),
      ...standing(one, now),
    ]),
  );
  return columns(rows, [1, 2]);
}

/** Of one message. */
export function recipientTable({ recipients }: SpoolMessage, now: number): string {
  return columns(
    recipients.map((one) => standing(one, now)),
    [],
  );
}

function standing(one: SpoolRecipient, now: number): string[] {
  const { tries, address, reply } = one;
  const tried = `${tries} ${tries === 1 ? 'try' : 'tries'}, ${nextTry(one, now)}`;
  return [escapeLine(address, 60), tried, escapeLine(reply ?? '', 200)];
}

function nextTry({ busy, due }: SpoolRecipient, now: number): string {
  if (busy) return 'under way';
  return due <= now ? 'due' : `next in ${showDuration(due - now)}`;
}

/** @param numbers columns that end alike; the last column is as long as it is */
function columns(rows: readonly (readonly string[])[], numbers: readonly number[]): string {
  const count = (rows[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: count }, (_, at) => Math.max(0, ...rows.map((row) => row[at]!.length)));
  const cell = (text: string, at: number): string =>
    numbers.includes(at) ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
