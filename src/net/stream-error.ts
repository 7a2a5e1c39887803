import { asCsError, CsError } from '../kit/errors.ts';

const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED']);

/** What a stream under a conversation throws, in our words: a lost peer and TLS trouble are the peer's, not a bug. */
export function streamError(error: unknown): CsError {
  if (error instanceof CsError || !(error instanceof Error)) return asCsError(error);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (DROPPED.has(code))
    return new CsError('CS_CANNOT_CONNECT', 'the other end dropped the connection', { cause: error });
  if (code === 'EPROTO' || /^(ERR_SSL|ERR_TLS|ERR_OSSL)/.test(code) || 'opensslErrorStack' in error) {
    return new CsError('CS_TLS', tlsWords(error.message), { cause: error });
  }
  return asCsError(error);
}

/** OpenSSL's `00E0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/...` → its last words. */
function tlsWords(message: string): string {
  const [, words] = /SSL routines:[^:]*:([^:\n]{1,80})/.exec(message) ?? [];
  return `TLS: ${words ?? message.split('\n', 1)[0]}`;
}
