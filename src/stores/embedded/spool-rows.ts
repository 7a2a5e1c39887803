/** Rows of the spool as the contract has them. */
import type { SpoolLease, SpoolMessage, SpoolRecipient } from '../../contracts/spool.ts';

export interface SpoolRow {
  readonly id: number;
  readonly queued_at: number;
  readonly size: number;
  readonly envelope: string;
}
export interface RecipientRow {
  readonly message: number;
  readonly n: number;
  readonly address: string;
  readonly notify: string | null;
  readonly orcpt: string | null;
  readonly domain: string;
  readonly tries: number;
  readonly due: number;
  readonly leased_until: number;
  readonly reply: string | null;
  readonly warned: number;
}

export function asMessage(row: SpoolRow, recipients: readonly RecipientRow[], now: number): SpoolMessage {
  return {
    id: String(row.id),
    size: row.size,
    queuedAt: row.queued_at,
    envelope: JSON.parse(row.envelope),
    recipients: recipients.map((one) => asRecipient(one, one.leased_until > now)),
  };
}

export function asLease(row: SpoolRow, recipients: readonly RecipientRow[], term: number): SpoolLease {
  const message = asMessage(row, recipients, Number.NEGATIVE_INFINITY);
  return { ...message, term, domain: recipients[0]!.domain };
}

function asRecipient(row: RecipientRow, busy: boolean): SpoolRecipient {
  const { n, address, notify, orcpt, domain, tries, due, reply, warned } = row;
  return {
    n,
    address,
    ...(notify === null ? {} : { notify: notify.split(',') as NonNullable<SpoolRecipient['notify']> }),
    ...(orcpt === null ? {} : { orcpt }),
    domain,
    tries,
    due,
    busy,
    reply,
    warned: warned === 1,
  };
}
