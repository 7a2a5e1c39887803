/** Bearer tokens: OAUTHBEARER (RFC 7628) and its forerunner XOAUTH2. */
import { CsError } from '../../../kit/errors.ts';
import { NAME_OCTETS } from '../../../kit/precis.ts';
import type { LoginAttempt } from './login-attempt.ts';
import { type ClientExchange, decodeText, failed, NOTHING, type SaslStep, type ServerExchange } from './mechanism.ts';
import { encodeName, parseGs2 } from './scram-message.ts';

type OAuth = 'OAUTHBEARER' | 'XOAUTH2';

const SEPARATOR = '\x01';
const REFUSED: Readonly<Record<OAuth, string>> = {
  OAUTHBEARER: '{"status":"invalid_token"}',
  XOAUTH2: '{"status":"401","schemes":"bearer","scope":"mail"}',
};

export interface Bearer {
  readonly user: string;
  readonly token: string;
}

/** Undefined for what breaks the grammar, and where nobody is named: a token alone does not say whose it is. */
export function parseBearer(mechanism: OAuth, response: Uint8Array): Bearer | undefined {
  const parts = decodeText(response)?.split(SEPARATOR);
  if (parts === undefined || parts.length < 4 || parts.at(-1) !== '' || parts.at(-2) !== '') return undefined;
  const head = parts.shift()!;
  const pairs = new Map<string, string>();
  for (const pair of parts.slice(0, -2)) {
    const at = pair.indexOf('=');
    if (at < 1 || pairs.has(pair.slice(0, at))) return undefined;
    pairs.set(pair.slice(0, at), pair.slice(at + 1));
  }
  const user = mechanism === 'OAUTHBEARER' ? bearerUser(head) : xoauthUser(head);
  const [scheme = '', token = '', more] = pairs.get('auth')?.split(' ') ?? [];
  if (scheme.toLowerCase() !== 'bearer' || token === '' || more !== undefined || !user) return undefined;
  return Buffer.byteLength(user) > NAME_OCTETS ? undefined : { user, token };
}

function bearerUser(head: string): string | undefined {
  const gs2 = parseGs2(head);
  return gs2 === undefined || gs2.rest !== '' || gs2.binding !== 'n' ? undefined : gs2.authzid;
}

function xoauthUser(head: string): string | undefined {
  return head.startsWith('user=') ? head.slice(5) : undefined;
}

export class OAuthServer implements ServerExchange {
  readonly mechanism: OAuth;
  readonly #login: LoginAttempt;
  #rejected = false;

  constructor(mechanism: OAuth, login: LoginAttempt) {
    this.mechanism = mechanism;
    this.#login = login;
  }

  async step(response: Uint8Array | undefined, signal?: AbortSignal): Promise<SaslStep> {
    // Whatever the client answers to the error (RFC 7628 section 3.2.3: one %x01), the exchange has failed.
    if (this.#rejected) return failed('credentials');
    if (response === undefined) return { challenge: NOTHING };
    const bearer = parseBearer(this.mechanism, response);
    if (bearer === undefined) return failed('malformed');
    const step = await this.#login.verify(bearer.user, 'token', bearer.token, signal);
    if (step.done && step.identity) return step;
    this.#rejected = true;
    return { challenge: Buffer.from(REFUSED[this.mechanism]) };
  }
}

export class OAuthClient implements ClientExchange {
  readonly mechanism: OAuth;
  readonly #message: Uint8Array;
  #sent = false;
  #refused: string | undefined;

  /** @param at the server's name and port, as RFC 7628 section 3.1 wants them */
  constructor(mechanism: OAuth, user: string, token: string, at?: { readonly host: string; readonly port: number }) {
    this.mechanism = mechanism;
    const head = mechanism === 'XOAUTH2' ? `user=${user}` : `n,a=${encodeName(user)},`;
    const where = mechanism === 'OAUTHBEARER' && at ? [`host=${at.host}`, `port=${at.port}`] : [];
    this.#message = Buffer.from([head, ...where, `auth=Bearer ${token}`, '', ''].join(SEPARATOR));
  }

  begin(): Uint8Array {
    this.#sent = true;
    return this.#message;
  }

  /** A challenge after the token is the server's reason for refusing it; the answer ends the exchange. */
  async step(challenge: Uint8Array): Promise<Uint8Array> {
    if (!this.#sent) return this.begin();
    if (this.#refused !== undefined)
      throw new CsError('CS_PEER_PROTOCOL', `the server goes on after refusing ${this.mechanism}`);
    this.#refused = decodeText(challenge) ?? '';
    return this.mechanism === 'OAUTHBEARER' ? Buffer.from(SEPARATOR) : NOTHING;
  }

  finish(): void {
    if (!this.#sent || this.#refused !== undefined) {
      throw new CsError('CS_PEER_PROTOCOL', 'the server reports success for a token that it refused');
    }
  }
}
