/** What a command is answered with. */
import { CsError, type ErrorCode } from '../../kit/errors.ts';
import type { Session } from './session.ts';
import type { Cursor } from './syntax/cursor.ts';
import { humanText } from './syntax/write.ts';

export interface Request {
  readonly tag: string;
  readonly uid: boolean;
  /** At the space behind the command's name, or at the end. */
  readonly cursor: Cursor;
}

export interface Reply {
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly text: string;
  /** A response code without its brackets: `APPENDUID 3 5`. */
  readonly code?: string;
}

/** A message that is not taken, and why. */
export interface Refused {
  readonly tag: string;
  readonly reply: Reply;
}

/** Undefined: it is not answered yet, or the answer went out already. */
export type Answer = (session: Session, request: Request) => Promise<Reply | undefined> | Reply | undefined;

const reply =
  (status: Reply['status']) =>
  (text: string, code?: string): Reply =>
    code === undefined ? { status, text } : { status, text, code };

export const ok = reply('OK');
export const no = reply('NO');
export const bad = reply('BAD');

/** RFC 9586 section 3. */
export const UID_REQUIRED = bad('by uid', 'UIDREQUIRED');

export function formatReply(tag: string, { status, text, code }: Reply): string {
  return `${tag} ${status} ${code === undefined ? '' : `[${code}] `}${humanText(text)}\r\n`;
}

/** RFC 9051 section 7.1, RFC 5530, in the words of our own errors. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  CS_NOT_FOUND: 'NONEXISTENT',
  CS_EXISTS: 'ALREADYEXISTS',
  CS_INPUT: 'CANNOT',
  CS_UNSUPPORTED: 'CANNOT',
  CS_NOT_EMPTY: 'HASCHILDREN',
  CS_DENIED: 'NOPERM',
  CS_LIMIT: 'LIMIT',
  CS_QUOTA: 'OVERQUOTA',
  CS_DISK_FULL: 'OVERQUOTA',
  CS_LOCKED: 'INUSE',
  CS_UNSAFE: 'PRIVACYREQUIRED',
};

/** A command that failed: the client's grammar is BAD, all else NO. */
export function failureReply(error: CsError): Reply {
  if (error.code === 'CS_PEER_PROTOCOL' || error.code === 'CS_PEER_LIMIT') return bad(error.message);
  if (error.blame === 'bug') return no('internal error', 'SERVERBUG');
  const code = CODES[error.code];
  if (code !== undefined) return no(error.message, code);
  return error.retryable || error.blame === 'system' ? no('try again later', 'UNAVAILABLE') : no('failed');
}

/** For what this store has no means to do. */
export function unable(what: string): CsError {
  return new CsError('CS_UNSUPPORTED', `${what} is not possible here`);
}
