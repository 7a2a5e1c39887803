/** What went wrong in a client's handshake, in words that a person can act upon. All of it is exit code 5. */
import { CsError } from '../kit/errors.ts';

const CERTIFICATE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an authority that is not trusted here',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet (or the clock of this machine is wrong)',
  CERT_REVOKED: 'the certificate was revoked',
  CERT_SIGNATURE_FAILURE: 'the certificate has a wrong signature',
  CERT_UNTRUSTED: 'the certificate is not trusted',
  INVALID_CA: 'a certificate was issued by one that is no authority',
  INVALID_PURPOSE: 'the certificate is not for servers',
  PATH_LENGTH_EXCEEDED: 'the chain of certificates is longer than its authority allows',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  EE_KEY_TOO_SMALL: 'the certificate has a weak key',
  CA_KEY_TOO_SMALL: 'an authority of the certificate has a weak key',
  CA_MD_TOO_WEAK: 'the certificate has a weak signature',
  // Node's name for what it has no name for; with our security level that is a key under 112 bits or SHA-1.
  UNSPECIFIED: 'the certificate is not acceptable: its key or its signature is weak',
};

/** By OpenSSL's reason: what the handshake itself stumbled over. */
const HANDSHAKE: readonly (readonly [RegExp, string])[] = [
  [/wrong version number|packet length too long|http request|unknown protocol/i, 'it does not speak TLS on this port'],
  [/unsupported protocol|alert protocol version|version too low/i, 'it speaks no TLS that is new enough (1.2)'],
  [/key too small|ee key|dh key/i, 'its key is weak'],
  [/md too weak|digest too weak/i, 'its certificate has a weak signature'],
  [/no application protocol/i, 'it does not speak this protocol here (ALPN)'],
  [/certificate required|bad certificate/i, 'it wants a certificate from us'],
  [/handshake failure|no shared cipher|insufficient security/i, 'no method of encryption in common'],
];

const HINT = '--ca FILE trusts the authority that issued it';

/** @param host as the person wrote it  @param error of a TLSSocket, or what its `authorizationError` says */
export function tlsFailure(host: string, error: unknown): CsError {
  if (error instanceof CsError) return error;
  const { code, message, reason } = facts(error);
  const words = CERTIFICATE[code];
  if (words !== undefined) {
    const hint = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `connect to a name it is for, or ${HINT}` : HINT;
    return new CsError('CS_TLS', `${host}: ${words}`, { hint, cause: error, ...(reason ? { reply: reason } : {}) });
  }
  const [, found] = HANDSHAKE.find(([pattern]) => pattern.test(message)) ?? [];
  if (found !== undefined) {
    const plain = found.includes('does not speak TLS');
    const hint = plain ? 'write SCHEME+starttls:// if it begins without TLS, or leave TLS out' : HINT;
    return new CsError('CS_TLS', `TLS with ${host} failed: ${found}`, { cause: error, hint });
  }
  const [, ssl = code || message.split('\n', 1)[0]] = /SSL routines:[^:]*:([^:\n]{1,80})/.exec(message) ?? [];
  return new CsError('CS_TLS', `TLS with ${host} failed: ${ssl}`, { cause: error, hint: HINT });
}

/** The server went away instead of finishing the handshake. */
export function hungUp(host: string, cause?: unknown): CsError {
  return new CsError('CS_TLS', `${host} hung up during the TLS handshake`, { cause, hint: HINT });
}

function facts(error: unknown): { code: string; message: string; reason: string | undefined } {
  if (!(error instanceof Error)) return { code: String(error), message: String(error), reason: undefined };
  const { code = '', reason } = error as NodeJS.ErrnoException & { reason?: string };
  // For a wrong name Node's reason lists what the certificate is for, in the peer's own words.
  return { code, message: error.message, reason: code.startsWith('ERR_TLS') ? reason?.slice(0, 500) : undefined };
}
