import type { Use } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';

/** What one owner's mail may come to, every copy counted; undefined: no limit. */
export interface Quota {
  readonly bytes: number | undefined;
  readonly messages: number | undefined;
}

/** Throws `CS_QUOTA`. */
export function refuseOver(now: { bytes: Use; messages: Use }, bytes: number, messages: number): void {
  const { bytes: octets, messages: count } = now;
  const full =
    (octets.limit !== undefined && octets.used + bytes > octets.limit) ||
    (count.limit !== undefined && count.used + messages > count.limit);
  if (full) throw new CsError('CS_QUOTA', 'the mailbox is full', { hint: 'remove mail, or raise --mail-quota' });
}
