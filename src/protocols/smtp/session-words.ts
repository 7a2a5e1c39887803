import type { Transaction } from './transaction.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** ASCII or UTF-8 (RFC 6531 section 3.4); undefined for anything else. */
export function decodeLine(line: Buffer): string | undefined {
  const text = line.toString('latin1');
  if (!/[\x80-\xff]/.test(text)) return text;
  try {
    return UTF8.decode(line);
  } catch {
    return undefined;
  }
}

/** RFC 3848 and RFC 6531 section 4.3: `SMTP`, `ESMTPSA`, `UTF8LMTPS` ... */
export function transmissionType(
  lmtp: boolean,
  greeting: 'HELO' | 'EHLO' | undefined,
  secure: boolean,
  loggedIn: boolean,
  transaction: Transaction | undefined,
): string {
  if (greeting !== 'EHLO') return 'SMTP';
  const utf8 = transaction?.sender.smtputf8 === true;
  const base = lmtp ? 'LMTP' : utf8 ? 'SMTP' : 'ESMTP';
  return `${utf8 ? 'UTF8' : ''}${base}${secure ? 'S' : ''}${loggedIn ? 'A' : ''}`;
}
