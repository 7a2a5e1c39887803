import type { Envelope, Origin, Receipt } from '../../contracts/delivery.ts';
import type { NewFact } from '../../contracts/journal.ts';
import type { MailHeaders } from '../../contracts/mail.ts';

export interface StoredMail {
  readonly id: number;
  readonly size: number;
  readonly envelope: Pick<Envelope, 'from' | 'to'>;
  readonly origin: Origin | undefined;
  readonly headers: MailHeaders;
  readonly owners: readonly string[];
}

/** The journal's `mail.stored` (contracts/journal.ts). */
export function mailStored(mail: StoredMail): NewFact {
  const { origin } = mail;
  return {
    event: 'mail.stored',
    ...(origin && { server: origin.server, conn: origin.conn }),
    id: String(mail.id),
    size: mail.size,
    from: mail.envelope.from,
    to: mail.envelope.to.map((recipient) => recipient.address),
    user: origin?.user ?? null,
    ...(origin?.helo && { helo: origin.helo }),
    subject: mail.headers.subject,
    header_from: mail.headers.from,
    header_to: mail.headers.to,
    message_id: mail.headers.messageId,
    owners: mail.owners,
  };
}

/** As it is kept; asked for at the commit. */
export function originOf({ session }: Envelope): Origin | undefined {
  if (session === undefined) return undefined;
  const { server, conn, with: protocol, helo, address, user, secure, transcript } = session;
  return { server, conn, with: protocol, helo, address, user, secure, transcript: transcript?.() };
}

/** Every recipient accepted: a store files or fails as a whole. */
export function receiptFor(envelope: Envelope, id: number, size: number): Receipt {
  return {
    id: String(id),
    size,
    results: envelope.to.map(({ address }) => ({ address, accepted: true, reply: '250 2.1.5 ok' })),
  };
}
