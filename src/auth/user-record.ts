/** Accounts as they are written: names, addresses and passwords checked once, here. */
import type { UserRecord } from '../contracts/accounts.ts';
import { parseAddress } from '../kit/address.ts';
import { CsError } from '../kit/errors.ts';
import { PASSWORD_OCTETS, prepareName, preparePassword } from '../kit/precis.ts';
import { hashMachineSecret, hashPassword } from './password.ts';
import { createScramKeys, formatScramKeys } from './scram-keys.ts';

/** The canonical name of a new account; throws `CS_INPUT`. */
export function accountName(text: string): string {
  const name = prepareName(text);
  // `*` is the owner of everything captured.
  if (name === undefined || name === '*') {
    throw new CsError('CS_INPUT', `not a user name: ${JSON.stringify(text.slice(0, 100))}`, {
      hint: 'a word or a mail address of at most 255 octets, without controls, slashes and %',
    });
  }
  if (name.includes('@') && parseAddress(name) === undefined) {
    throw new CsError('CS_INPUT', `neither a word nor a mail address: ${JSON.stringify(text)}`);
  }
  return name;
}

/** As addresses are kept: lower case, the domain as A-labels; throws `CS_INPUT`. */
export function accountAddress(text: string): string {
  const path = parseAddress(text);
  if (path === undefined) throw new CsError('CS_INPUT', `not a mail address: ${JSON.stringify(text.slice(0, 320))}`);
  return path.canonical.normalize('NFC').toLowerCase();
}

export interface NewPassword {
  readonly password: string;
  /** At least 128 random bits: kept as a fast hash. */
  readonly machine: boolean;
  /** Keep a SCRAM-SHA-256 verifier as well. */
  readonly scram: boolean;
}

/** The stored forms of a password; throws `CS_INPUT` for one that nobody could log in with. */
export async function storedPassword(chosen: NewPassword): Promise<Pick<UserRecord, 'password' | 'scram'>> {
  const password = preparePassword(chosen.password);
  if (password === undefined) {
    throw new CsError('CS_INPUT', `a password has 1 to ${PASSWORD_OCTETS} octets and no controls`);
  }
  const scram = chosen.scram ? formatScramKeys(await createScramKeys(chosen.password)) : undefined;
  const hash = chosen.machine ? hashMachineSecret(password) : await hashPassword(password);
  return { password: hash, ...(scram === undefined ? {} : { scram }) };
}
