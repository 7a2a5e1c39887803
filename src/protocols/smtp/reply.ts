/** What the server says: a code (RFC 5321 section 4.2.3), an enhanced code (RFC 3463), a text. */
import { asCsError, type CsError, type ErrorCode } from '../../kit/errors.ts';
import type { ReplyFault } from '../../kit/faults.ts';
import { replyCode } from '../shared/reply-faults.ts';

export interface Reply {
  readonly code: number;
  /** `5.5.2`; absent where RFC 2034 section 4 wants none: greeting, EHLO, intermediate replies. */
  readonly status: string | undefined;
  readonly text: string | readonly string[];
  /** Ready to write, enhanced code and CRLF included: most replies are made once and said often. */
  readonly wire: string;
}

export function reply(code: number, status: string | undefined, text: string | readonly string[]): Reply {
  const prefix = status === undefined ? '' : `${status} `;
  return { code, status, text, wire: lines(code, prefix, text) };
}

/** Controls and octets above 127 would make the line something else than one reply. */
function plain(text: string): string {
  return /[^\x20-\x7e]/.test(text) ? text.replace(/[^\x20-\x7e]/gu, '?') : text;
}

function lines(code: number, prefix: string, text: string | readonly string[]): string {
  if (typeof text === 'string') return `${code} ${prefix}${plain(text)}\r\n`;
  const last = text.length - 1;
  return text.map((line, at) => `${code}${at === last ? ' ' : '-'}${prefix}${plain(line)}\r\n`).join('');
}

/** For a client that was not offered enhanced codes (RFC 2034). */
export function withoutStatus({ code, text }: Reply): string {
  return lines(code, '', text);
}

/** `550 5.7.1 relaying denied` → a reply; undefined for what is no refusal. */
export function parseReply(line: string | undefined): Reply | undefined {
  const [, code, status, text = ''] =
    /^([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?([^\r\n]*))?/.exec(line ?? '') ?? [];
  if (code === undefined) return undefined;
  return reply(Number(code), status ?? `${code[0]}.0.0`, text);
}

export const TOO_BUSY = reply(451, '4.3.2', 'too busy, try again later');

/** Failures of services in SMTP's words (trust.md section 5). What is not here is ours: 451 4.3.0. */
const FAILURES: Partial<Record<ErrorCode, Reply>> = {
  CS_DISK_FULL: reply(452, '4.3.1', 'insufficient storage, try again later'),
  CS_QUOTA: reply(552, '5.2.2', 'mailbox full'),
  CS_LIMIT: reply(552, '5.3.4', 'message too big'),
  CS_BUSY: TOO_BUSY,
  CS_PEER_REFUSED: reply(550, '5.7.1', 'refused'),
  CS_PEER_TEMPORARY: reply(451, '4.4.0', 'refused for now, try again later'),
  CS_PEER_LIMIT: reply(552, '5.3.4', 'message too big'),
  CS_PEER_PROTOCOL: reply(451, '4.5.0', 'the next server makes no sense'),
  CS_UNKNOWN_OUTCOME: reply(451, '4.4.2', 'the next server did not answer'),
  CS_TIMEOUT: reply(451, '4.4.2', 'took too long'),
  CS_CANNOT_CONNECT: reply(451, '4.4.1', 'the next server cannot be reached'),
  CS_NAME_NOT_RESOLVED: reply(451, '4.4.3', 'the next server is unknown'),
  CS_PARTIAL: reply(451, '4.3.0', 'not every recipient could be served'),
};
const OURS = reply(451, '4.3.0', 'local error, try again later');

/** The next server's own words where there are some, else by the table. */
export function failureReply(error: unknown): Reply {
  const failure: CsError = asCsError(error);
  const said = parseReply(failure.reply);
  return said !== undefined && said.code >= 400 ? said : (FAILURES[failure.code] ?? OURS);
}

/** A failure on purpose (`--fail`): the code asked for, in words that say where it comes from. */
export function faultReply(fault: ReplyFault): Reply {
  const number = replyCode(fault, 451);
  return reply(number, `${Math.floor(number / 100)}.3.0`, 'failed on purpose');
}

export const OK = reply(250, '2.0.0', 'ok');
export const BAD_LINE = reply(500, '5.5.2', 'lines end with CRLF (--newline=lenient takes less)');
export const BAD_BODY = reply(550, '5.5.2', 'bare CR, LF or NUL in the message (--newline=lenient takes it)');
export const LINE_TOO_LONG = reply(500, '5.5.2', 'line too long');
export const UNKNOWN = reply(500, '5.5.2', 'command unknown');
export const NOT_OFFERED = reply(502, '5.5.1', 'command not offered');
export const NO_ARGUMENT = reply(501, '5.5.4', 'no argument allowed');
export const NO_WEB = reply(421, '4.7.0', 'this is a mail server');
export const TOO_MANY_ERRORS = reply(421, '4.7.0', 'too many errors');
export const SHUTTING_DOWN = reply(421, '4.3.2', 'shutting down');
export const TIMED_OUT = reply(421, '4.4.2', 'too slow');
export const TOO_BIG = reply(552, '5.3.4', 'message too big');
export const LOOP = reply(554, '5.4.6', 'too many Received fields, this is a loop');
export const TALKS_TOO_SOON = reply(554, '5.5.0', 'pipelining was not granted');
export const NEED_LOGIN = reply(530, '5.7.0', 'log in first');
export const NEED_TLS = reply(530, '5.7.0', 'STARTTLS first');
