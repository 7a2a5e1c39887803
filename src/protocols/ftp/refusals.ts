/** Errors as replies: one table (RFC 959 section 4.2.1, RFC 2228 section 8). */
import type { CsError, ErrorCode } from '../../kit/errors.ts';
import type { Reply } from './wire.ts';

const TABLE: Partial<Record<ErrorCode, readonly [code: number, text: string]>> = {
  CS_NOT_FOUND: [550, 'not found'],
  CS_EXISTS: [550, 'it is there already'],
  CS_NOT_EMPTY: [550, 'the directory is not empty'],
  CS_NOT_DIRECTORY: [550, 'not a directory'],
  CS_IS_DIRECTORY: [550, 'a directory'],
  CS_DENIED: [550, 'not allowed'],
  CS_AUTH_REQUIRED: [530, 'log in first'],
  CS_UNSUPPORTED: [504, 'not possible here'],
  CS_INPUT: [550, 'a name that is not allowed'],
  CS_DISK_FULL: [452, 'no space is left'],
  CS_QUOTA: [552, 'the quota is used up'],
  CS_LIMIT: [552, 'too large'],
  CS_CHANGED: [554, 'not where that file ends'],
  CS_LOCKED: [450, 'in use'],
  CS_BUSY: [450, 'too much at once, try again later'],
  CS_LOCAL_IO: [451, 'the disk failed'],
  CS_TIMEOUT: [426, 'too slow, the transfer is over'],
  CS_CANNOT_CONNECT: [426, 'the data connection was lost'],
  CS_PEER_PROTOCOL: [426, 'the data connection broke'],
  CS_TLS: [426, 'TLS on the data connection failed'],
};

export const BUG: Reply = { code: 451, lines: ['internal error'] };

/** @param creates the command makes a name: then a bad one is 553 (RFC 959 section 5.4) */
export function failureReply({ code, blame }: CsError, creates = false): Reply {
  if (blame === 'bug') return BUG;
  const [number, text] = TABLE[code] ?? [451, 'failed'];
  const names = creates && (code === 'CS_INPUT' || code === 'CS_EXISTS');
  return { code: names ? 553 : number, lines: [text] };
}
