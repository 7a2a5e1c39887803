import { CsError } from '../../../kit/errors.ts';
import type { Secret } from '../../../kit/secret.ts';
import { LoginClient } from './login.ts';
import { type ClientExchange, findMechanism, MECHANISMS, type Mechanism, needsTrust } from './mechanism.ts';
import { OAuthClient } from './oauth.ts';
import { PlainClient } from './plain.ts';
import { ScramClient } from './scram-client.ts';

export interface SaslCredentials {
  readonly user: string;
  /** The bearer token for OAUTHBEARER and XOAUTH2. */
  readonly password: Secret;
  /** Whose rights are asked for; usually left out. LOGIN and XOAUTH2 cannot carry it. */
  readonly authzid?: string;
  /** The server's name and port, for OAUTHBEARER. */
  readonly at?: { readonly host: string; readonly port: number };
}

type Start = (user: string, secret: string, more: SaslCredentials) => ClientExchange;

const EXCHANGES: Readonly<Record<Mechanism, Start>> = {
  'SCRAM-SHA-256': (user, secret, { authzid }) => new ScramClient(user, secret, authzid),
  PLAIN: (user, secret, { authzid }) => new PlainClient(user, secret, authzid),
  LOGIN: (user, secret) => new LoginClient(user, secret),
  OAUTHBEARER: (user, secret, { at }) => new OAuthClient('OAUTHBEARER', user, secret, at),
  XOAUTH2: (user, secret) => new OAuthClient('XOAUTH2', user, secret),
};

/** Throws `CS_INPUT` for a name or secret that cannot be sent. */
export function startClient(mechanism: Mechanism, credentials: SaslCredentials): ClientExchange {
  const secret = credentials.password.reveal();
  for (const text of [credentials.user, secret, credentials.authzid ?? '']) {
    if (/[\0\x01\r\n]/.test(text)) throw new CsError('CS_INPUT', 'a login name or password holds a control character');
  }
  if (credentials.user === '') throw new CsError('CS_INPUT', 'the login name is empty');
  return EXCHANGES[mechanism](credentials.user, secret, credentials);
}

export interface Choice {
  /** The server's words, any case; what is not spoken here is passed over. */
  readonly offered: readonly string[];
  /** The secret may travel here: TLS, this machine, or the user said so. */
  readonly trusted: boolean;
  /** The mechanism the user named. */
  readonly wanted?: string;
}

/**
 * The best mechanism both ends speak; bearer tokens only when named. Throws `CS_USAGE` for an unknown name,
 * `CS_AUTH_REJECTED` when there is none, `CS_UNSAFE` when those there are would show the password.
 */
export function chooseMechanism({ offered, trusted, wanted }: Choice): Mechanism {
  const theirs = MECHANISMS.filter((mechanism) => offered.some((word) => findMechanism(word) === mechanism));
  const ours = wanted === undefined ? theirs.filter((mechanism) => !isBearer(mechanism)) : theirs.filter(named(wanted));
  const [best] = ours.filter((mechanism) => trusted || !needsTrust(mechanism));
  if (best !== undefined) return best;
  if (ours.length > 0) {
    throw new CsError('CS_UNSAFE', `${ours[0]} would show the password to whoever listens`, { hint: '--tls require' });
  }
  const list = offered.length === 0 ? 'no login' : `only ${offered.join(' ')}`;
  throw new CsError('CS_AUTH_REJECTED', `the server offers ${list}`, {
    hint: wanted === undefined ? `spoken here: ${MECHANISMS.join(' ')}` : `${wanted} was asked for`,
  });
}

function isBearer(mechanism: Mechanism): boolean {
  return mechanism === 'OAUTHBEARER' || mechanism === 'XOAUTH2';
}

function named(wanted: string): (mechanism: Mechanism) => boolean {
  const mechanism = findMechanism(wanted);
  if (mechanism === undefined) {
    throw new CsError('CS_USAGE', `no such login mechanism: ${JSON.stringify(wanted)}`, { hint: MECHANISMS.join(' ') });
  }
  return (candidate) => candidate === mechanism;
}
