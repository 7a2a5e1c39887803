import type { SecureContext } from 'node:tls';

/** What Node asks when a ticket is to be made or read (no public word for it): a verdict, then octets for hash, cipher, name, IV. */
type TicketKeys = () => readonly [number, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

interface TicketKeyed {
  enableTicketKeyCallback?(): void;
  onticketkeycallback?: TicketKeys;
}

/** Of each of those octets; with this verdict they are looked at and not used. */
const PART = new Uint8Array(16);
const NO_TICKET = [0, PART, PART, PART, PART] as const;

/**
 * For TLS that begins inside a conversation, after which the client speaks first. OpenSSL writes the tickets of TLS 1.3 right
 * behind the handshake, where they meet the client's first command. Clients that read in one thread and write in another over
 * an OpenSSL without a lock (Python before 3.13: imaplib2, and so OfflineIMAP) then hang or fail in one of some fifty runs.
 * A server need not send any (RFC 8446 section 4.6.1); a client that shows one is answered by a whole handshake.
 */
export function withoutTickets(context: SecureContext): SecureContext {
  const native = context.context as TicketKeyed;
  native.enableTicketKeyCallback?.();
  native.onticketkeycallback = () => NO_TICKET;
  return context;
}
