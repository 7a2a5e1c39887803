/** An envelope as command lines, with what this server understands of it. */
import { domainToASCII } from 'node:url';
import type { Envelope, Recipient } from '../../contracts/delivery.ts';
import type { Log } from '../../contracts/store.ts';
import { CsError } from '../../kit/errors.ts';
import { lineText } from '../shared/reply-lines.ts';
import type { Capabilities } from './client-capabilities.ts';

export interface EnvelopeLines {
  readonly mail: string;
  /** In the order of the envelope's recipients. */
  readonly rcpt: readonly string[];
}

/** Throws `CS_INPUT` for what cannot stand in a line, `CS_LIMIT` for a message larger than the server takes. */
export function envelopeLines(envelope: Envelope, server: Capabilities, log: Log): EnvelopeLines {
  checkEnvelope(envelope);
  const utf8 = server.keywords.has('SMTPUTF8');
  const from = wireAddress(envelope.from, utf8);
  const to = envelope.to.map((recipient) => wireAddress(recipient.address, utf8));
  const international = utf8 && (envelope.smtputf8 === true || [from, ...to].some((address) => !isAscii(address)));
  const dsn = server.keywords.has('DSN');
  if (!dsn && wantsDsn(envelope)) log('warn', 'smtp.dsn_not_offered', { asked: 'delivery status notifications' });
  const mail = [`MAIL FROM:<${from}>`, ...mailParameters(envelope, server, log)];
  if (international) mail.push('SMTPUTF8');
  return {
    mail: mail.join(' '),
    rcpt: to.map((address, index) => {
      const parameters = dsn ? recipientParameters(envelope.to[index]!) : [];
      return [`RCPT TO:<${address}>`, ...parameters].join(' ');
    }),
  };
}

/** Every text of the envelope that will stand in a line (trust.md CL-07). */
export function checkEnvelope(envelope: Envelope): void {
  if (envelope.to.length === 0) throw new CsError('CS_INPUT', 'the message has no recipient', { hint: 'give --to' });
  lineText(envelope.envid ?? '', 'the envelope id');
  checkAddress(envelope.from, 'the sender');
  for (const { address, orcpt } of envelope.to) {
    if (address === '') throw new CsError('CS_INPUT', 'a recipient is empty');
    checkAddress(address, 'a recipient');
    lineText(orcpt ?? '', 'an original recipient');
  }
}

/** Outside of quotes an address has neither space nor angle bracket: it would end there. */
function checkAddress(address: string, what: string): void {
  lineText(address, what);
  let quoted = false;
  for (let at = 0; at < address.length; at += 1) {
    const symbol = address[at]!;
    if (quoted && symbol === '\\') at += 1;
    else if (symbol === '"') quoted = !quoted;
    else if (/[\s<>]/.test(symbol) && !(quoted && symbol === ' ')) {
      throw new CsError('CS_INPUT', `${what} is no address: ${JSON.stringify(address)}`);
    }
  }
  if (quoted) throw new CsError('CS_INPUT', `${what} is no address: ${JSON.stringify(address)}`);
}

/** As it is where the server takes SMTPUTF8, else with its domain as A-labels (RFC 5891). */
function wireAddress(address: string, utf8: boolean): string {
  if (utf8 || isAscii(address)) return address;
  const at = address.lastIndexOf('@');
  const domain = domainToASCII(address.slice(at + 1));
  const local = address.slice(0, at);
  if (at < 1 || domain === '' || !isAscii(local)) {
    throw new CsError('CS_PEER_REFUSED', `the server takes no international addresses: ${JSON.stringify(address)}`, {
      hint: 'it does not offer SMTPUTF8',
    });
  }
  return `${local}@${domain}`;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function wantsDsn(envelope: Envelope): boolean {
  const asked = envelope.to.some(({ notify, orcpt }) => notify !== undefined || orcpt !== undefined);
  return asked || envelope.ret !== undefined || envelope.envid !== undefined;
}

function mailParameters(envelope: Envelope, server: Capabilities, log: Log): string[] {
  const parameters: string[] = [];
  if (envelope.size !== undefined && server.keywords.has('SIZE')) {
    if (server.size !== undefined && envelope.size > server.size) {
      throw new CsError('CS_LIMIT', `the message has ${envelope.size} octets, the server takes ${server.size}`);
    }
    parameters.push(`SIZE=${envelope.size}`);
  }
  if (envelope.body === 'BINARYMIME') {
    if (!server.keywords.has('BINARYMIME') || !server.keywords.has('CHUNKING')) {
      throw new CsError('CS_PEER_REFUSED', 'the server takes no binary messages (BINARYMIME)');
    }
    parameters.push('BODY=BINARYMIME');
  } else if (envelope.body === '8BITMIME') {
    if (server.keywords.has('8BITMIME')) parameters.push('BODY=8BITMIME');
    else log('warn', 'smtp.8bit_not_offered', { sent: 'octets above 127 all the same' });
  }
  if (server.keywords.has('DSN')) {
    if (envelope.ret !== undefined) parameters.push(`RET=${envelope.ret}`);
    if (envelope.envid !== undefined) parameters.push(`ENVID=${xtext(envelope.envid)}`);
  }
  return parameters;
}

function recipientParameters({ notify, orcpt }: Recipient): string[] {
  const parameters: string[] = [];
  if (notify !== undefined && notify.length > 0) parameters.push(`NOTIFY=${notify.join(',')}`);
  if (orcpt !== undefined) {
    const [type, address] = orcpt.includes(';') ? orcpt.split(/;(.*)/s) : ['rfc822', orcpt];
    parameters.push(`ORCPT=${type};${xtext(address ?? '')}`);
  }
  return parameters;
}

/** RFC 3461 section 4. */
function xtext(text: string): string {
  return text.replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/gu, (symbol) =>
    [...Buffer.from(symbol)].map((octet) => `+${octet.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
