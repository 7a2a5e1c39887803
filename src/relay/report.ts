/** Delivery status notifications (RFC 3464 in a `multipart/report`, RFC 6522), and who gets one (RFC 3461 section 5.2). */
import { randomBytes } from 'node:crypto';
import type { SpoolMessage, SpoolRecipient } from '../contracts/spool.ts';
import { mailDate } from '../kit/trace-field.ts';
import { statusOf } from './verdict.ts';

export type Action = 'failed' | 'delayed' | 'relayed';

export interface Reported {
  readonly recipient: SpoolRecipient;
  readonly action: Action;
  /** The last reply. */
  readonly reply: string;
  /** The server that gave it. */
  readonly host: string | undefined;
}

/** Did the sender ask to be told of this? Unasked: of failures and delays (RFC 3461 section 4.1). */
export function wantsReport({ notify }: SpoolRecipient, action: Action): boolean {
  if (notify === undefined) return action !== 'relayed';
  return notify.includes(({ failed: 'FAILURE', delayed: 'DELAY', relayed: 'SUCCESS' } as const)[action]);
}

export interface ReportWishes {
  readonly message: SpoolMessage;
  readonly reported: readonly Reported[];
  /** This server. */
  readonly hostname: string;
  readonly now: Date;
  /** When nobody tries any more; for delays. */
  readonly until: Date;
  /** The message as it was queued. */
  readonly original: AsyncIterable<Uint8Array>;
}

const SUBJECTS: Readonly<Record<Action, string>> = {
  failed: 'Undelivered mail returned to sender',
  delayed: 'Delayed mail (still being tried)',
  relayed: 'Mail handed on without further notice',
};
/** Octets of a header that go back. */
const HEADER = 64 * 1024;

/** The report, in pieces. All of it is ASCII but for what the original brings along. */
export async function* writeReport(wishes: ReportWishes): AsyncGenerator<Uint8Array> {
  const boundary = `cs-${randomBytes(12).toString('hex')}`;
  const { message, reported, hostname, now, until } = wishes;
  const [{ action }] = reported as readonly [Reported, ...Reported[]];
  const full = action === 'failed' && message.envelope.ret === 'FULL';
  const lines = [
    `From: Mail Delivery System <MAILER-DAEMON@${hostname}>`,
    `To: <${message.envelope.from}>`,
    `Subject: ${SUBJECTS[action]}`,
    `Date: ${mailDate(now)}`,
    `Message-ID: <${randomBytes(12).toString('hex')}@${hostname}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    ...explanation(action, reported, hostname, until),
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    `Reporting-MTA: dns;${hostname}`,
    ...(message.envelope.envid === undefined ? [] : [`Original-Envelope-Id: ${message.envelope.envid}`]),
    `Arrival-Date: ${mailDate(new Date(message.queuedAt))}`,
    ...reported.flatMap((one) => ['', ...recipientFields(one, until)]),
    '',
    `--${boundary}`,
    `Content-Type: ${full ? 'message/rfc822' : 'text/rfc822-headers'}`,
    '',
    '',
  ];
  yield Buffer.from(lines.join('\r\n'));
  yield* full ? (message.size === 0 ? [] : wishes.original) : header(wishes.original);
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

function explanation(action: Action, reported: readonly Reported[], hostname: string, until: Date): string[] {
  const said = reported.flatMap(({ recipient, reply, host }) => [
    `<${recipient.address}>`,
    `    ${host === undefined ? reply : `${host} said: ${reply}`}`,
    '',
  ]);
  const words: Readonly<Record<Action, string>> = {
    failed: 'Your message could not be delivered to these recipients. It will not be tried again:',
    delayed: `Your message is not delivered yet. It will be tried until ${mailDate(until)}; you need not send it again:`,
    relayed:
      'Your message was handed to a server that does not report success. You will hear no more of it, unless it fails:',
  };
  return [`This is the mail system at ${hostname}.`, '', words[action], '', ...said];
}

function recipientFields({ recipient, action, reply, host }: Reported, until: Date): string[] {
  const status = action === 'delayed' ? statusOf(reply).replace(/^5/, '4') : statusOf(reply);
  return [
    ...(recipient.orcpt === undefined ? [] : [`Original-Recipient: ${recipient.orcpt}`]),
    `Final-Recipient: ${/[^\x00-\x7f]/.test(recipient.address) ? 'utf-8' : 'rfc822'};${recipient.address}`,
    `Action: ${action}`,
    `Status: ${status}`,
    ...(host === undefined ? [] : [`Remote-MTA: dns;${host}`]),
    `Diagnostic-Code: smtp;${reply}`,
    ...(action === 'delayed' ? [`Will-Retry-Until: ${mailDate(until)}`] : []),
  ];
}

/** Up to the empty line, or as much of it as is reasonable. */
async function* header(original: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  for await (const chunk of original) {
    held = Buffer.concat([held, chunk]);
    const end = held.indexOf('\r\n\r\n');
    if (end >= 0) held = held.subarray(0, end + 2);
    if (end >= 0 || held.length >= HEADER) break;
  }
  yield held.subarray(0, HEADER);
}
