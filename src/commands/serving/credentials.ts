/** A login made up for one run. */
import { randomBytes } from 'node:crypto';
import type { OpenStore } from '../../contracts/store.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export function randomCredentials(): Credentials {
  return { user: `run-${randomBytes(4).toString('hex')}`, password: randomBytes(18).toString('base64url') };
}

/** The password is machine-made, so it is kept as a fast hash (trust.md section 3). */
export async function addAccount(store: OpenStore, { user, password }: Credentials): Promise<void> {
  const { hashMachineSecret } = await import('../../auth/password.ts');
  const now = new Date().toISOString();
  await store.users.put({
    name: user,
    password: hashMachineSecret(password),
    addresses: [],
    createdAt: now,
    updatedAt: now,
  });
}
