/** The arithmetic of SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677), for both ends and for the verifiers at rest. */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const OCTETS = 32;

/** `Hi(password, salt, i)`, off the event loop; the password is prepared already. */
export function saltedPassword(password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  return promisify(pbkdf2)(password, salt, iterations, OCTETS, 'sha256');
}

export function hmac(key: Uint8Array, data: Uint8Array | string): Uint8Array {
  return createHmac('sha256', key).update(data).digest();
}

function hash(data: Uint8Array): Uint8Array {
  return createHash('sha256').update(data).digest();
}

/** What a server keeps instead of the password. */
export function serverKeys(salted: Uint8Array): { storedKey: Uint8Array; serverKey: Uint8Array } {
  return { storedKey: hash(hmac(salted, 'Client Key')), serverKey: hmac(salted, 'Server Key') };
}

export function clientProof(salted: Uint8Array, authMessage: string): Uint8Array {
  const clientKey = hmac(salted, 'Client Key');
  return xor(clientKey, hmac(hash(clientKey), authMessage));
}

/** In constant time. */
export function proofIsValid(storedKey: Uint8Array, authMessage: string, proof: Uint8Array): boolean {
  if (proof.length !== OCTETS || storedKey.length !== OCTETS) return false;
  return timingSafeEqual(hash(xor(proof, hmac(storedKey, authMessage))), storedKey);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((octet, index) => octet ^ b[index]!);
}
