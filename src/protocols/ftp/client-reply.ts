/** What a server says, and what that means to us (RFC 959 section 4.2). */
import { CsError, type ErrorCode } from '../../kit/errors.ts';
import type { Reply } from './wire.ts';

/** As one line: `550 No such file`. */
export function replyLine({ code, lines }: Reply): string {
  return `${code} ${lines.join(' ')}`.trimEnd();
}

export const isPreliminary = ({ code }: Reply): boolean => code < 200;
export const isPositive = ({ code }: Reply): boolean => code >= 200 && code < 300;
export const isIntermediate = ({ code }: Reply): boolean => code >= 300 && code < 400;

/** The one table from reply codes to our words; what is not in it goes by its first digit. */
const MEANING: Readonly<Record<number, ErrorCode>> = {
  421: 'CS_PEER_TEMPORARY',
  425: 'CS_CANNOT_CONNECT',
  426: 'CS_CANNOT_CONNECT',
  430: 'CS_AUTH_REJECTED',
  431: 'CS_TLS',
  450: 'CS_BUSY',
  452: 'CS_DISK_FULL',
  500: 'CS_UNSUPPORTED',
  502: 'CS_UNSUPPORTED',
  504: 'CS_UNSUPPORTED',
  521: 'CS_TLS',
  522: 'CS_TLS',
  530: 'CS_AUTH_REJECTED',
  532: 'CS_AUTH_REQUIRED',
  533: 'CS_TLS',
  534: 'CS_TLS',
  535: 'CS_TLS',
  536: 'CS_TLS',
  537: 'CS_TLS',
  550: 'CS_DENIED',
  551: 'CS_DENIED',
  552: 'CS_QUOTA',
  553: 'CS_DENIED',
};
const BY_DIGIT: Readonly<Record<number, ErrorCode>> = { 4: 'CS_PEER_TEMPORARY', 5: 'CS_PEER_REFUSED' };

/** A reply that does not say yes, as an error. @param what the command, in words  @param code in place of the table's */
export function refusal(what: string, reply: Reply, code?: ErrorCode): CsError {
  const meaning = code ?? MEANING[reply.code] ?? BY_DIGIT[Math.floor(reply.code / 100)];
  if (meaning === undefined) {
    return new CsError('CS_PEER_PROTOCOL', `${what}: an answer out of place`, { reply: replyLine(reply) });
  }
  const words = reply.code < 500 ? 'refused for now' : 'refused';
  return new CsError(meaning, `${what} ${words} by the server`, { reply: replyLine(reply) });
}

/** Whether the command itself is what the server does not have. */
export function isUnknown({ code }: Reply): boolean {
  return code === 500 || code === 502 || code === 504;
}
