/** SCRAM-SHA-256 verifiers at rest (RFC 5802 section 3, RFC 7677), and the ones shown for accounts without. */
import { createHmac, randomBytes } from 'node:crypto';
import type { ScramKeys, UserRecord } from '../contracts/accounts.ts';
import { CsError } from '../kit/errors.ts';
import { saslPrep } from '../kit/precis.ts';
import { saltedPassword, serverKeys } from '../kit/scram.ts';

export const ITERATIONS = 32_768;
const SALT_OCTETS = 16;

/** Throws `CS_INPUT` for a password that SCRAM cannot carry. */
export async function createScramKeys(
  password: string,
  salt: Uint8Array = randomBytes(SALT_OCTETS),
  iterations: number = ITERATIONS,
): Promise<ScramKeys> {
  const prepared = saslPrep(password);
  if (prepared === undefined) throw new CsError('CS_INPUT', 'this password cannot be used with SCRAM (RFC 4013)');
  return { salt, iterations, ...serverKeys(await saltedPassword(prepared, salt, iterations)) };
}

/** As `UserRecord.scram` holds them. */
export function formatScramKeys({ salt, iterations, storedKey, serverKey }: ScramKeys): string {
  const [first, ...rest] = [salt, storedKey, serverKey].map((octets) => Buffer.from(octets).toString('base64'));
  return [first, iterations, ...rest].join(',');
}

/** Throws `CS_LOCAL_IO` for what we did not write. */
export function parseScramKeys(text: string): ScramKeys {
  const [salt = '', iterations = '', stored = '', server = ''] = text.split(',');
  const [storedKey, serverKey] = [Buffer.from(stored, 'base64'), Buffer.from(server, 'base64')];
  if (!/^\d{4,7}$/.test(iterations) || salt === '' || storedKey.length !== 32 || serverKey.length !== 32) {
    throw new CsError('CS_LOCAL_IO', 'a stored SCRAM verifier is damaged', { hint: 'cs user passwd NAME --scram' });
  }
  return { salt: Buffer.from(salt, 'base64'), iterations: Number(iterations), storedKey, serverKey };
}

/**
 * What a client sees of an account that has no verifier: the same for the same name every time, and no password fits.
 * @param instance the oldest verifier of this installation, so that a restart does not tell fake from real
 */
export function fakeScramKeys(name: string, instance: UserRecord): ScramKeys {
  const part = (label: string): Buffer =>
    createHmac('sha256', instance.scram ?? '')
      .update(`${label}\0${name}`)
      .digest();
  return {
    salt: part('salt').subarray(0, SALT_OCTETS),
    iterations: ITERATIONS,
    storedKey: part('stored'),
    serverKey: part('server'),
  };
}
