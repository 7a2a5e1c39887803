/** LOGIN (draft-murchison-sasl-login): user and password, asked for one after the other. */
import { CsError } from '../../../kit/errors.ts';
import { NAME_OCTETS } from '../../../kit/precis.ts';
import type { LoginAttempt } from './login-attempt.ts';
import { type ClientExchange, decodeText, failed, type SaslStep, type ServerExchange } from './mechanism.ts';

const ASK_USER = Buffer.from('Username:');
const ASK_PASSWORD = Buffer.from('Password:');

export class LoginServer implements ServerExchange {
  readonly mechanism = 'LOGIN';
  readonly #login: LoginAttempt;
  #user: string | undefined;

  constructor(login: LoginAttempt) {
    this.#login = login;
  }

  async step(response: Uint8Array | undefined, signal?: AbortSignal): Promise<SaslStep> {
    if (response === undefined) return { challenge: ASK_USER };
    const text = decodeText(response);
    if (text === undefined || text.includes('\0')) return failed('malformed');
    if (this.#user !== undefined) return this.#login.verify(this.#user, 'password', text, signal);
    if (text === '' || Buffer.byteLength(text) > NAME_OCTETS) return failed('malformed');
    this.#user = text;
    return { challenge: ASK_PASSWORD };
  }
}

export class LoginClient implements ClientExchange {
  readonly mechanism = 'LOGIN';
  readonly #answers: Uint8Array[];

  constructor(user: string, password: string) {
    this.#answers = [Buffer.from(user), Buffer.from(password)];
  }

  begin(): undefined {
    return undefined;
  }

  async step(): Promise<Uint8Array> {
    const answer = this.#answers.shift();
    if (answer === undefined) throw new CsError('CS_PEER_PROTOCOL', 'the server asks for more than LOGIN has');
    return answer;
  }

  finish(): void {
    if (this.#answers.length > 0)
      throw new CsError('CS_PEER_PROTOCOL', 'the server reports success before it was asked');
  }
}
