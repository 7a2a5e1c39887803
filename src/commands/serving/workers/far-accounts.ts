/** Accounts are the first process's: one cache of logins, one guard against guessing, whichever worker is asked. */
import type { Accounts, Identity, LoginSource, Proof } from '../../../contracts/accounts.ts';
import { forget, Secret } from '../../../kit/secret.ts';
import type { Calls, Channel } from './channel.ts';

interface Shown {
  readonly user: string;
  readonly kind: Proof['kind'];
  readonly secret: string;
  readonly from: LoginSource;
}
type Proved = Pick<Shown, 'user' | 'from'> & { readonly proved: boolean };

/** A worker's. */
export function farAccounts(mode: Accounts['mode'], channel: Pick<Channel, 'ask'>): Accounts {
  const identity = (name: string, value: unknown) => channel.ask<Identity | undefined>(name, value);
  return {
    mode,
    verify: (user, proof, from) => {
      const secret = proof.kind === 'token' ? proof.token : proof.password;
      return identity('verify', { user, kind: proof.kind, secret: secret.reveal(), from } satisfies Shown);
    },
    bearer: (token, from) =>
      identity('bearer', { user: '', kind: 'token', secret: token.reveal(), from } satisfies Shown),
    settle: (user, proved, from) => identity('settle', { user, proved, from } satisfies Proved),
    owner: (address) => identity('owner', address),
  };
}

/** The first process's answers. */
export function accountCalls(accounts: Accounts): Calls {
  return {
    verify: ({ user, kind, secret, from }: Shown) =>
      withSecret(secret, (shown) =>
        accounts.verify(user, kind === 'token' ? { kind, token: shown } : { kind, password: shown }, from),
      ),
    bearer: ({ secret, from }: Shown) => withSecret(secret, async (shown) => accounts.bearer?.(shown, from)),
    settle: ({ user, proved, from }: Proved) => accounts.settle(user, proved, from),
    owner: (address: string) => accounts.owner(address),
  };
}

async function withSecret<T>(text: string, use: (secret: Secret) => Promise<T>): Promise<T> {
  const secret = new Secret(text);
  try {
    return await use(secret);
  } finally {
    forget(secret);
  }
}
