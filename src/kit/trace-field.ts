/** Dates of messages, and the field that each server on the way adds (RFC 5321 section 4.4). */

/** RFC 5322 section 3.3, in UTC. */
export function mailDate(time: Date): string {
  return time.toUTCString().replace('GMT', '+0000');
}

export interface Hop {
  /** What the client called itself: its own choice, so nothing in it may end a word or a line. */
  readonly helo: string;
  readonly address: string;
  /** RFC 3848. */
  readonly with: string;
  readonly id: string;
  readonly by: string;
  readonly recipients: readonly string[];
  readonly at: Date;
}

/** Of several recipients none is named: they need not know of each other. */
export function receivedField({ helo, address, with: protocol, id, by, recipients, at }: Hop): string {
  const said = helo.replace(/[^A-Za-z0-9.:[\]_-]/g, '?') || 'unknown';
  const literal = address.includes(':') ? `IPv6:${address}` : address;
  const only = recipients.length === 1 ? `\r\n\tfor <${recipients[0]}>` : '';
  return `Received: from ${said} ([${literal}])\r\n\tby ${by} with ${protocol} id ${id}${only};\r\n\t${mailDate(at)}\r\n`;
}
