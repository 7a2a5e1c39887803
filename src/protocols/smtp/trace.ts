/** Return-Path and Received (RFC 5321 section 4.4), for `--smtp-trace on`. */
import type { DeliverySession } from '../../contracts/delivery.ts';
import { receivedField } from '../../kit/trace-field.ts';
import type { Transaction } from './transaction.ts';

export function traceFields(transaction: Transaction, session: DeliverySession, hostname: string, now: Date): Buffer {
  const recipients = transaction.recipients.map(({ address }) => address);
  const received = receivedField({ ...session, id: session.conn, by: hostname, recipients, at: now });
  return Buffer.from(`Return-Path: <${transaction.sender.from}>\r\n${received}`);
}
