import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../../kit/secret.ts';

/** Random bits of a token; below 128 it could be guessed. */
const BITS = 256;

/** A new bearer token, and what a server keeps of it. */
export function createToken(): { readonly token: Secret; readonly hash: string } {
  const token = randomBytes(BITS / 8).toString('base64url');
  return { token: new Secret(token), hash: hashToken(token) };
}

/** SHA-256 in hex: a machine-made secret needs no slow hash. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** In constant time. */
export function isToken(shown: string, hash: string): boolean {
  const given = Buffer.from(hashToken(shown), 'hex');
  const wanted = Buffer.from(hash, 'hex');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
