/** Who a request comes from: the accounts that every protocol shares, asked once for each header of a connection. */
import { performance } from 'node:perf_hooks';
import type { Accounts, Identity, LoginSource } from '../../../../contracts/accounts.ts';
import type { Connection } from '../../../../contracts/connection.ts';
import { asCsError, CsError } from '../../../../kit/errors.ts';
import { forget } from '../../../../kit/secret.ts';
import { HttpRefusal } from '../refusal.ts';
import type { HttpRequest } from '../route.ts';
import { type Credentials, readCredentials } from './credentials.ts';

export interface LoginsConfig {
  readonly accounts: Accounts;
  /** The protocol's name. */
  readonly protocol: string;
  readonly server: string;
  /** Clear text may carry passwords: there is no TLS here, and whoever opened the door to others said that it may be so. */
  readonly plain: boolean;
}

/** Both ways in one line: who knows neither reads over them. */
export const CHALLENGE = 'Basic realm="cs", charset="UTF-8", Bearer realm="cs"';
/** Milliseconds that a connection is believed to be the account that it was: a password may change meanwhile. */
const BELIEVED = 60_000;

interface Believed {
  readonly header: string;
  readonly identity: Identity;
  readonly until: number;
}

type Shown = Pick<HttpRequest, 'conn' | 'header' | 'signal'>;

export class Logins {
  readonly #config: LoginsConfig;
  readonly #believed = new WeakMap<Connection, Believed>();

  constructor(config: LoginsConfig) {
    this.#config = config;
  }

  /**
   * The canonical name; '' for nobody. Throws 401 with a challenge, 403 where a password may not travel, 429 while the
   * source is slowed down.
   */
  async user(request: Shown): Promise<string> {
    return (await this.identity(request)).name;
  }

  /** Likewise; nobody has no name. */
  async identity(request: Shown): Promise<Identity> {
    const { conn } = request;
    const { accounts, plain } = this.#config;
    const shown = request.header('authorization');
    if (shown === undefined) {
      if (accounts.mode === 'required') throw challenge('log in first');
      return NOBODY;
    }
    if (!conn.secure && !conn.trusted && !plain) throw new HttpRefusal(403, 'no password in clear text: use https');
    const before = this.#believed.get(conn);
    if (before?.header === shown && before.until > performance.now()) return before.identity;
    const identity = await this.#verify(shown, conn, request.signal);
    if (identity === undefined) throw challenge('the login was rejected');
    this.#believed.set(conn, { header: shown, identity, until: performance.now() + BELIEVED });
    return identity;
  }

  async #verify(shown: string, conn: Connection, signal: AbortSignal): Promise<Identity | undefined> {
    const credentials = readCredentials(shown);
    // Another scheme, or malformed: to a server that takes anybody, nobody; to another one, no login.
    if (credentials === undefined) return this.#config.accounts.mode === 'any' ? NOBODY : undefined;
    try {
      return await this.#ask(credentials, conn, signal);
    } catch (thrown) {
      const error = asCsError(thrown);
      if (error.code !== 'CS_BUSY') throw error;
      throw new HttpRefusal(429, 'too many logins failed, or too many at once', { headers: { 'Retry-After': '15' } });
    } finally {
      forget(credentials.kind === 'basic' ? credentials.password : credentials.token);
    }
  }

  async #ask(credentials: Credentials, conn: Connection, signal: AbortSignal): Promise<Identity | undefined> {
    const { accounts } = this.#config;
    const from = this.#source(conn, credentials.kind);
    if (credentials.kind === 'bearer') return accounts.bearer?.(credentials.token, from, signal);
    const { user, password } = credentials;
    return accounts.verify(user, { kind: 'password', password }, from, signal);
  }

  #source(conn: Connection, mechanism: string): LoginSource {
    return {
      protocol: this.#config.protocol,
      server: this.#config.server,
      conn: conn.id,
      address: conn.peer.address,
      loopback: conn.peer.loopback,
      secure: conn.secure,
      mechanism,
    };
  }
}

const NOBODY: Identity = { name: '', addresses: [], known: false };

export function challenge(words: string): HttpRefusal {
  return new HttpRefusal(401, words, { headers: { 'WWW-Authenticate': CHALLENGE } });
}

/** What only an account may do is asked for with a challenge. */
export function challenged(thrown: unknown): unknown {
  return thrown instanceof CsError && thrown.code === 'CS_AUTH_REQUIRED' ? challenge(thrown.message) : thrown;
}
