/** SELECT ... (QRESYNC (...)): what a client missed since it last had the mailbox open (RFC 7162 section 3.2.5). */

import { tellFlags } from './news.ts';
import type { Session } from './session.ts';
import type { Cursor } from './syntax/cursor.ts';
import { mergeRanges, type Range, readSet, resolveSet, type SequenceSet } from './syntax/sequence-set.ts';
import type { View } from './view.ts';

export interface Resync {
  readonly uidValidity: number;
  readonly modseq: number;
  readonly known: SequenceSet | undefined;
  /** Pairs of message numbers and uids came along. */
  readonly numbered: boolean;
}

export function readQresync(cursor: Cursor): Resync {
  cursor.space();
  cursor.expect('(');
  const uidValidity = cursor.nzNumber();
  cursor.space();
  const modseq = cursor.number();
  let known: SequenceSet | undefined;
  let numbered = false;
  if (cursor.accept(' ')) {
    if (cursor.peek !== '(') known = readKnown(cursor);
    // Pairs of numbers and uids only save work; whoever ignores them tells more than it must (section 3.2.5.2).
    numbered = known === undefined || cursor.accept(' ');
    if (numbered) readPairs(cursor);
  }
  cursor.expect(')');
  return { uidValidity, modseq, known, numbered };
}

function readKnown(cursor: Cursor): SequenceSet {
  const set = readSet(cursor);
  if (set === 'saved') throw cursor.fault('known uids');
  return set;
}

function readPairs(cursor: Cursor): void {
  cursor.expect('(');
  readKnown(cursor);
  cursor.space();
  readKnown(cursor);
  cursor.expect(')');
}

export async function resync(session: Session, view: View, { uidValidity, modseq, known }: Resync): Promise<void> {
  if (uidValidity !== view.mailbox.uidValidity) return;
  const among = resolveSet(known ?? [[1, Number.POSITIVE_INFINITY]], Math.max(1, view.mailbox.uidNext - 1));
  await tellVanished(session, view, modseq, among);
  for (let index = 0; index < view.count; index++) {
    if (view.modseq(index) > modseq && within(among, view.uid(index))) tellFlags(session, view, index, true);
  }
}

/** `VANISHED (EARLIER)`: uids among these that went after the modseq. */
export async function tellVanished(
  session: Session,
  view: View,
  modseq: number,
  among: readonly Range[],
): Promise<void> {
  const changes = await session.store!.changes(view.name, modseq);
  const gone = changes.complete
    ? changes.vanished.filter((uid) => within(among, uid)).map((uid): Range => [uid, uid])
    : absent(view, among);
  if (gone.length === 0) return;
  const set = mergeRanges(gone).map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`));
  session.tell(`VANISHED (EARLIER) ${set.join(',')}`);
}

/** Every uid among these that is not here: what is told where tombstones are no longer kept. */
function absent(view: View, among: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  for (const [first, end] of among) {
    const last = Math.min(end, view.mailbox.uidNext - 1);
    let next = first;
    for (let index = view.lowerBound(first); index < view.count && view.uid(index) <= last; index++) {
      if (view.uid(index) > next) gaps.push([next, view.uid(index) - 1]);
      next = view.uid(index) + 1;
    }
    if (next <= last) gaps.push([next, last]);
  }
  return gaps;
}

/** Ranges ascend and do not touch. */
export function within(ranges: readonly Range[], number: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]![1] < number) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]![0] <= number;
}
