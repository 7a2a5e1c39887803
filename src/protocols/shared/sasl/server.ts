import type { Accounts, LoginSource } from '../../../contracts/accounts.ts';
import { CsError } from '../../../kit/errors.ts';
import { LoginServer } from './login.ts';
import { LoginAttempt } from './login-attempt.ts';
import { MECHANISMS, type Mechanism, needsTrust, type ServerExchange } from './mechanism.ts';
import { OAuthServer } from './oauth.ts';
import { PlainServer } from './plain.ts';
import { ScramServer } from './scram-server.ts';

export interface SaslServerConfig {
  readonly accounts: Accounts;
  readonly source: LoginSource;
  /** `conn.trusted`: a password may travel here. */
  readonly trusted: boolean;
}

const EXCHANGES: Readonly<Record<Mechanism, (login: LoginAttempt) => ServerExchange>> = {
  'SCRAM-SHA-256': (login) => new ScramServer(login),
  PLAIN: (login) => new PlainServer(login),
  LOGIN: (login) => new LoginServer(login),
  OAUTHBEARER: (login) => new OAuthServer('OAUTHBEARER', login),
  XOAUTH2: (login) => new OAuthServer('XOAUTH2', login),
};

/**
 * What this connection may be offered, best first: those that show the secret only where it may travel, SCRAM only where
 * an account has a verifier for it. `SASL`, `AUTH` and `AUTH=` lists are made of this and of nothing else.
 */
export async function mechanisms({
  accounts,
  trusted,
}: Pick<SaslServerConfig, 'accounts' | 'trusted'>): Promise<readonly Mechanism[]> {
  const scram = (await accounts.scram?.('')) !== undefined;
  return MECHANISMS.filter((mechanism) => (needsTrust(mechanism) ? trusted : scram));
}

/** Throws `CS_UNSAFE` for a mechanism that would show the secret on an untrusted connection (SMTP: `538 5.7.11`). */
export function startServer(mechanism: Mechanism, { accounts, source, trusted }: SaslServerConfig): ServerExchange {
  if (!trusted && needsTrust(mechanism)) throw new CsError('CS_UNSAFE', `${mechanism} needs TLS here`);
  return EXCHANGES[mechanism](new LoginAttempt(accounts, source, mechanism));
}
