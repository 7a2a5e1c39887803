/** SENTBEFORE, SENTON and SENTSINCE mean the day that a message names, not the moment (RFC 9051 section 6.4.4). */
import { sentDay } from '../../../kit/mime/sent-date.ts';
import { readValue } from '../fetch/structure.ts';
import type { Session } from '../session.ts';
import type { Value } from '../syntax/cursor.ts';

/** No zone is further from UTC than `+9959`. */
const FARTHEST = 100 * 3_600_000;

/** Whether the zone may decide on which side of the day's edge a message is. */
export function isNear(sentAt: number, edge: number): boolean {
  return Math.abs(sentAt - edge) <= FARTHEST;
}

/** Midnight UTC of the day each was sent on, by index; those without a date are left out. */
export async function sentDays(session: Session, indices: Uint32Array): Promise<ReadonlyMap<number, number>> {
  const view = session.view!;
  const days = new Map<number, number>();
  if (indices.length === 0) return days;
  const uids = indices.map((index) => view.uid(index));
  for await (const batch of session.able('scan')(view.name, uids, { index: ['envelope'] })) {
    for (const { uid, index } of batch) {
      const [date] = readValue(index!.envelope!) as readonly Value[];
      const day = typeof date === 'string' ? sentDay(date) : Number.NaN;
      if (!Number.isNaN(day)) days.set(view.indexOf(uid), day);
    }
  }
  return days;
}
