/** Every command there is. Those of old sendmails that the base still knows (WIZ, SHELL, KILL) are not among them. */
import { SASL_LINE } from '../../shared/sasl/base64.ts';
import { COMMAND_LIMIT } from '../stream.ts';
import { auth } from './auth.ts';
import { bdat } from './bdat.ts';
import type { Command } from './command.ts';
import { data } from './data.ts';
import { ehlo, helo, lhlo } from './greetings.ts';
import { expn, helpWith, noop, quit, rset, vrfy } from './housekeeping.ts';
import { mail } from './mail.ts';
import { rcpt } from './rcpt.ts';
import { starttls } from './starttls.ts';
import { xclient } from './xclient.ts';

const SPOKEN: readonly (readonly [string, Command])[] = [
  ['HELO', helo],
  ['EHLO', ehlo],
  ['LHLO', lhlo],
  ['STARTTLS', starttls],
  ['AUTH', auth],
  ['MAIL', mail],
  ['RCPT', rcpt],
  ['DATA', data],
  ['BDAT', bdat],
  ['RSET', rset],
  ['NOOP', noop],
  ['VRFY', vrfy],
  ['EXPN', expn],
  ['QUIT', quit],
  ['XCLIENT', xclient],
];

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...SPOKEN,
  ['HELP', helpWith(SPOKEN.map(([name]) => name).filter((name) => name !== 'XCLIENT'))],
]);

/** First words of requests that web pages can be made to send to any port. */
export const WEB_VERBS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PRI',
]);

/**
 * Octets without CRLF. MAIL: SIZE 26, BODY 16, SMTPUTF8 10 (RFCs 1870, 6152, 6531), RET and ENVID 116 (RFC 3461), AUTH 500
 * (RFC 4954 section 5). RCPT: ORCPT 500 and NOTIFY 29 (RFC 3461), UTF-8 10. AUTH: RFC 4954 section 4.
 */
const LIMITS: ReadonlyMap<string, number> = new Map([
  ['MAIL', COMMAND_LIMIT + 668],
  ['RCPT', COMMAND_LIMIT + 539],
  ['AUTH', SASL_LINE],
]);

/** @param start the first octets of a line, or its verb */
export function lineLimit(start: Buffer | string): number {
  const verb = typeof start === 'string' ? start : start.toString('latin1', 0, 4).toUpperCase();
  return LIMITS.get(verb) ?? COMMAND_LIMIT;
}
