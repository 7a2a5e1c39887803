import { CsError, type ErrorCode } from '../../../kit/errors.ts';
import { type Status, statusLine } from './response.ts';

/** Response codes that say what it was (RFC 5530, RFC 9051 section 7.1). */
const CODES: Readonly<Record<string, ErrorCode>> = {
  UNAVAILABLE: 'CS_PEER_TEMPORARY',
  INUSE: 'CS_PEER_TEMPORARY',
  SERVERBUG: 'CS_PEER_TEMPORARY',
  LIMIT: 'CS_LIMIT',
  TOOBIG: 'CS_LIMIT',
  OVERQUOTA: 'CS_QUOTA',
  AUTHENTICATIONFAILED: 'CS_AUTH_REJECTED',
  AUTHORIZATIONFAILED: 'CS_AUTH_REJECTED',
  EXPIRED: 'CS_AUTH_REJECTED',
  PRIVACYREQUIRED: 'CS_TLS',
  NOPERM: 'CS_DENIED',
  NONEXISTENT: 'CS_NOT_FOUND',
  TRYCREATE: 'CS_NOT_FOUND',
  ALREADYEXISTS: 'CS_EXISTS',
  CANNOT: 'CS_INPUT',
  USEATTR: 'CS_INPUT',
};

/** A NO, a BAD or a BYE as an error. @param otherwise what it is when it carries no code that says more */
export function refusal(what: string, status: Status, otherwise: ErrorCode = 'CS_PEER_REFUSED'): CsError {
  const code = CODES[status.code?.name ?? ''] ?? otherwise;
  const words = status.status === 'BYE' ? `the server ended the conversation (${what})` : `the server refused ${what}`;
  return new CsError(code, words, { reply: statusLine(status) });
}
