import type { Use } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';

/** What one owner's mail may come to, every copy counted; undefined: no limit. */
export interface Quota {
  readonly bytes: number | undefined;
  readonly messages: number | undefined;
}

/** The tighter of what everybody may have and what this owner may. */
export function tightest(all: Quota, own: Partial<Quota> | undefined): Quota {
  if (!own) return all;
  const least = (a: number | undefined, b: number | undefined) =>
    a === undefined || (b !== undefined && b < a) ? b : a;
  return { bytes: least(all.bytes, own.bytes), messages: least(all.messages, own.messages) };
}

/** Throws `CS_QUOTA`. */
export function refuseOver(now: { bytes: Use; messages: Use }, bytes: number, messages: number): void {
  const { bytes: octets, messages: count } = now;
  const full =
    (octets.limit !== undefined && octets.used + bytes > octets.limit) ||
    (count.limit !== undefined && count.used + messages > count.limit);
  if (full) throw new CsError('CS_QUOTA', 'the mailbox is full', { hint: 'remove mail, or raise --mail-quota' });
}

/** Before a recipient is accepted: throws `CS_PEER_REFUSED` for one whose mailbox takes nothing more. */
export function refuseFull(address: string, now: { bytes: Use; messages: Use }): void {
  try {
    refuseOver(now, 1, 1);
  } catch (cause) {
    throw new CsError('CS_PEER_REFUSED', `${address}: the mailbox is full`, { reply: '452 4.2.2 mailbox full', cause });
  }
}

export function limited(used: { bytes: number; messages: number }, quota: Quota): { bytes: Use; messages: Use } {
  return {
    bytes: { used: used.bytes, ...(quota.bytes !== undefined && { limit: quota.bytes }) },
    messages: { used: used.messages, ...(quota.messages !== undefined && { limit: quota.messages }) },
  };
}
