import type { Accounts, Identity, LoginSource, Proof } from '../../../contracts/accounts.ts';
import { prepareName } from '../../../kit/precis.ts';
import { forget, Secret } from '../../../kit/secret.ts';
import { ended, failed, type Mechanism, type SaslStep } from './mechanism.ts';

/** What a server exchange asks the accounts for, under its mechanism's name. */
export class LoginAttempt {
  readonly accounts: Accounts;
  readonly #source: LoginSource;

  constructor(accounts: Accounts, source: LoginSource, mechanism: Mechanism) {
    this.accounts = accounts;
    this.#source = { ...source, mechanism };
  }

  async verify(user: string, kind: Proof['kind'], shown: string, signal?: AbortSignal): Promise<SaslStep> {
    const secret = new Secret(shown);
    const proof: Proof = kind === 'password' ? { kind, password: secret } : { kind, token: secret };
    try {
      return ended(await this.accounts.verify(user, proof, this.#source, signal));
    } finally {
      forget(secret);
    }
  }

  settle(user: string, proved: boolean, signal?: AbortSignal): Promise<Identity | undefined> {
    return this.accounts.settle(user, proved, this.#source, signal);
  }

  /** Somebody wants another's rights: recorded and throttled as a failed login, never logged in as either. */
  async refuseAuthzid(user: string, signal?: AbortSignal): Promise<SaslStep> {
    await this.settle(user, false, signal);
    return failed('authzid');
  }
}

/** An authorization identity may be left out or name the user itself; nobody acts for another here. */
export function isOwnAuthzid(authzid: string, user: string): boolean {
  if (authzid === '' || authzid === user) return true;
  const name = prepareName(user);
  return name !== undefined && prepareName(authzid) === name;
}
