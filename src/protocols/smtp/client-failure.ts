/** Why a session ended, in our words. */
import type { Connection } from '../../contracts/connection.ts';
import { asCsError, CsError } from '../../kit/errors.ts';

const CLOSED = 'the server closed the connection';

/** @param guarded TLS was to begin and has not: words that nobody asked for are an attack (trust.md CL-04) */
export function explain(error: Error, conn: Connection, guarded: boolean): CsError {
  const known = lost(conn);
  if (known) return known;
  const { code, response } = error as Error & { code?: string; response?: string };
  const facts = { cause: error, ...(response ? { reply: response } : {}) };
  if (code === 'LIMIT' || /exceeds maximum/.test(error.message)) {
    return new CsError('CS_PEER_LIMIT', 'a reply longer than 1 MiB or 10,000 lines', facts);
  }
  if (code === 'EPROTOCOL' && guarded) {
    return new CsError('CS_TLS', 'the server sent a reply that nobody asked for, before TLS', facts);
  }
  if (code === 'EPROTOCOL') return new CsError('CS_PEER_PROTOCOL', 'a reply that nobody asked for', facts);
  return new CsError('CS_CANNOT_CONNECT', CLOSED, facts);
}

/** Why the connection ended, where that is more than that it did. */
export function lost(conn: Connection): CsError | undefined {
  if (!conn.signal.aborted) return undefined;
  const reason = asCsError(conn.signal.reason);
  return reason.code === 'CS_FAILED' ? undefined : reason;
}

/** 421 may come at any time, and then it is the reason (RFC 5321 section 3.8). */
export function closed(lastReply: string | false): CsError {
  const goodbye = lastReply === false ? '' : lastReply;
  if (!goodbye.startsWith('421')) return new CsError('CS_CANNOT_CONNECT', CLOSED);
  return new CsError('CS_PEER_TEMPORARY', 'the server is closing the connection', { reply: goodbye });
}
