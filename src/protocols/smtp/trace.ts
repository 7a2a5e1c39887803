/** Return-Path and Received (RFC 5321 section 4.4), for `--smtp-trace on`. */
import type { DeliverySession } from '../../contracts/delivery.ts';
import type { Transaction } from './transaction.ts';

export function traceFields(transaction: Transaction, session: DeliverySession, hostname: string, now: Date): Buffer {
  const { sender, recipients } = transaction;
  const only = recipients.length === 1 ? `\r\n\tfor <${recipients[0]!.address}>` : '';
  const address = session.address.includes(':') ? `IPv6:${session.address}` : session.address;
  return Buffer.from(
    `Return-Path: <${sender.from}>\r\n` +
      `Received: from ${comment(session.helo)} ([${address}])\r\n\tby ${hostname} with ${session.with} id ${session.conn}${only};\r\n` +
      `\t${now.toUTCString().replace('GMT', '+0000')}\r\n`,
  );
}

/** The client chose it: nothing in it may end a word or a line. */
function comment(helo: string): string {
  return helo.replace(/[^A-Za-z0-9.:[\]_-]/g, '?') || 'unknown';
}
