/** A message as programs hand it to sendmail: what is missing in its header is added, Bcc is taken away. */
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Envelope } from '../../contracts/delivery.ts';
import { fieldValues, headFields, splitMessage } from '../../kit/dkim/head.ts';
import { CsError } from '../../kit/errors.ts';
import { normaliseLines } from '../../kit/line-ends.ts';
import { mailDate } from '../../kit/trace-field.ts';
import { bareAddresses, dsnNotify } from '../send-mail/addresses.ts';
import type { Message } from '../send-mail/compose.ts';
import { oneLine } from '../send-mail/input.ts';
import type { SendmailArguments } from './arguments.ts';

export interface Submission {
  readonly envelope: Envelope;
  readonly message: Message;
}

/** @param input stdin as it came */
export function submission(input: Buffer, args: SendmailArguments, now = new Date()): Submission {
  const whole = Buffer.from(normaliseLines(input));
  const text = args.ignoreDots ? whole : upToDot(whole);
  const { head, body } = headAndBody(text);
  const sender = args.from === undefined ? local(userInfo().username) : reversePath(args.from);
  const to = envelopeTo(head, args);
  const kept = headFields(head).filter(({ name }) => name !== 'bcc');
  const has = new Set(kept.map(({ name }) => name));
  const [given] = fieldValues(head, 'message-id');
  const messageId = given ?? `<${randomUUID()}@${domain()}>`;
  const added = [
    ...(has.has('from') ? [] : [`From: ${author(sender || local('MAILER-DAEMON'), args.fullName)}`]),
    ...(has.has('date') ? [] : [`Date: ${mailDate(now)}`]),
    ...(has.has('message-id') ? [] : [`Message-ID: ${messageId}`]),
  ];
  const header = Buffer.from([...kept.map(({ raw }) => raw), ...added, '', ''].join('\r\n'), 'latin1');
  const bytes = Buffer.concat([header, body]);
  const notify = dsnNotify(args.notify);
  return {
    message: { messageId, bytes },
    envelope: {
      from: sender,
      to: to.map((address) => ({ address, ...(notify === undefined ? {} : { notify }) })),
      size: bytes.length,
      ...(bytes.some((octet) => octet > 127) || args.body?.toUpperCase() === '8BITMIME' ? { body: '8BITMIME' } : {}),
      ...(args.ret === undefined ? {} : { ret: /^h/i.test(args.ret) ? 'HDRS' : 'FULL' }),
      ...(args.envid === undefined ? {} : { envid: oneLine(args.envid, '-V') }),
    },
  };
}

/** Programs of old end a message with a line that holds one dot. */
function upToDot(message: Buffer): Buffer {
  if (message.subarray(0, 3).toString() === '.\r\n' || message.toString('latin1') === '.') return Buffer.alloc(0);
  const at = message.indexOf('\r\n.\r\n');
  if (at !== -1) return message.subarray(0, at + 2);
  return message.subarray(-3).toString('latin1') === '\r\n.' ? message.subarray(0, -1) : message;
}

/** Text that does not begin with a header is all body. */
function headAndBody(text: Buffer): { head: Buffer; body: Buffer } {
  return /^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(text.subarray(0, 1000).toString('latin1'))
    ? splitMessage(text)
    : { head: Buffer.alloc(0), body: text };
}

function envelopeTo(head: Buffer, { recipients, fromHeaders }: SendmailArguments): string[] {
  const named = fromHeaders ? ['to', 'cc', 'bcc'].flatMap((name) => fieldValues(head, name)).filter(Boolean) : [];
  const found = [...recipients, ...named].flatMap((text) => bareAddresses(text, 'a recipient', domain()));
  if (found.length === 0) {
    throw new CsError('CS_USAGE', 'the message has no recipient', { hint: 'name one, or give -t' });
  }
  return [...new Set(found)];
}

function reversePath(text: string): string {
  return text === '' || text === '<>' ? '' : (bareAddresses(text, '-f', domain())[0] ?? '');
}

/** `root` is root on this machine. */
function local(address: string): string {
  return address.includes('@') ? address : `${address}@${domain()}`;
}

function domain(): string {
  return hostname() || 'localhost';
}

function author(address: string, fullName: string | undefined): string {
  const name = oneLine(fullName ?? '', '-F');
  if (name === '') return address;
  const quoted = /[^\x20-\x7e]/.test(name)
    ? `=?utf-8?B?${Buffer.from(name).toString('base64')}?=`
    : `"${name.replace(/["\\]/g, '\\$&')}"`;
  return `${quoted} <${address}>`;
}
