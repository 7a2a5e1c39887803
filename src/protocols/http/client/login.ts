/** Who we are, told to the origin that it was meant for and to nobody else: basic, digest, bearer (RFC 7617, 7616, 6750). */
import type { FieldLines } from '../../../contracts/exchange.ts';
import type { Target } from '../../../contracts/protocol.ts';
import { CsError } from '../../../kit/errors.ts';
import type { Secret } from '../../../kit/secret.ts';
import type { DigestLogin } from './digest.ts';
import { urlOf } from './origin.ts';

export type LoginWay = 'any' | 'basic' | 'digest' | 'bearer';

export interface LoginRules {
  readonly way: LoginWay;
  /** A password or a token may leave without TLS. */
  readonly plaintext: boolean;
}

/** What is to be proved, to one origin. */
export class Login {
  readonly #origin: string;
  readonly #user: string | undefined;
  readonly #password: Secret | undefined;
  readonly #rules: LoginRules;
  #digest: DigestLogin | undefined;
  #basic: boolean;

  constructor(target: Target, rules: LoginRules) {
    this.#origin = urlOf(target).origin;
    this.#user = target.user;
    this.#password = target.password;
    this.#rules = rules;
    this.#basic = rules.way === 'basic';
    if (rules.way === 'bearer' && target.password === undefined) {
      throw new CsError('CS_AUTH_REQUIRED', '--auth bearer needs a token', {
        hint: '--password-file FILE (- is stdin), --password-fd N or CS_PASSWORD',
      });
    }
  }

  /**
   * `Authorization` for a request, if there is something to say yet.
   * @param trusted nobody else can read it on the way. Throws `CS_UNSAFE` for a secret that everybody could read.
   */
  fields(url: URL, method: string, uri: string, trusted: boolean): FieldLines {
    const value = url.origin === this.#origin ? this.#value(method, uri, trusted) : undefined;
    return value === undefined ? [] : [['Authorization', value]];
  }

  /** After a 401: there is something (new) to say. */
  async challenged(url: URL, headers: FieldLines, authorized: boolean): Promise<boolean> {
    if (url.origin !== this.#origin || this.#user === undefined || this.#rules.way === 'bearer') return false;
    const [{ challengesOf }, { DigestLogin, strongest }] = await Promise.all([
      import('./challenge.ts'),
      import('./digest.ts'),
    ]);
    const challenges = challengesOf(headers);
    const digest = this.#rules.way === 'basic' ? undefined : strongest(challenges);
    if (digest !== undefined) {
      const again = !authorized || digest.parameters.get('stale')?.toLowerCase() === 'true';
      this.#digest = new DigestLogin(digest);
      return again;
    }
    const basic = this.#rules.way !== 'digest' && challenges.some(({ scheme }) => scheme === 'basic');
    if (!basic || this.#basic) return false;
    this.#basic = true;
    return true;
  }

  #value(method: string, uri: string, trusted: boolean): string | undefined {
    const { way, plaintext } = this.#rules;
    const user = this.#user;
    if (way !== 'bearer' && (user === undefined || !(this.#digest || this.#basic))) return undefined;
    if (this.#password === undefined) {
      const hint = '--password-file FILE (- is stdin), --password-fd N, CS_PASSWORD or ~/.netrc';
      throw new CsError('CS_AUTH_REQUIRED', `no password for ${user}`, { hint });
    }
    const secret = this.#password.reveal();
    if (this.#digest) return this.#digest.answer(user ?? '', secret, method, uri);
    if (!trusted && !plaintext) {
      throw new CsError('CS_UNSAFE', 'without TLS everybody on the way could read the password', {
        hint: 'https://, --auth digest, or --plaintext-auth, which sends it all the same',
      });
    }
    if (way === 'bearer') return `Bearer ${secret}`;
    if (user?.includes(':')) throw new CsError('CS_INPUT', 'basic authentication has no user names with a colon');
    return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  }
}
