import type { Envelope, Receipt } from '../../contracts/delivery.ts';
import type { NewFact } from '../../contracts/journal.ts';
import type { MailHeaders } from '../../contracts/mail.ts';

export interface StoredMail {
  readonly id: number;
  readonly size: number;
  readonly envelope: Envelope;
  readonly headers: MailHeaders;
  readonly owners: readonly string[];
}

/** The journal's `mail.stored` (contracts/journal.ts). */
export function mailStored(mail: StoredMail): NewFact {
  const session = mail.envelope.session;
  return {
    event: 'mail.stored',
    ...(session && { server: session.server, conn: session.conn }),
    id: String(mail.id),
    size: mail.size,
    from: mail.envelope.from,
    to: mail.envelope.to.map((recipient) => recipient.address),
    user: session?.user ?? null,
    ...(session?.helo && { helo: session.helo }),
    subject: mail.headers.subject,
    header_from: mail.headers.from,
    header_to: mail.headers.to,
    message_id: mail.headers.messageId,
    owners: mail.owners,
  };
}

/** Every recipient accepted: a store files or fails as a whole. */
export function receiptFor(envelope: Envelope, id: number, size: number): Receipt {
  return {
    id: String(id),
    size,
    results: envelope.to.map(({ address }) => ({ address, accepted: true, reply: '250 2.1.5 ok' })),
  };
}
