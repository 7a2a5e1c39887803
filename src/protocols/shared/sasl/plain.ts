/** PLAIN (RFC 4616). */
import { CsError } from '../../../kit/errors.ts';
import { NAME_OCTETS } from '../../../kit/precis.ts';
import { isOwnAuthzid, type LoginAttempt } from './login-attempt.ts';
import { type ClientExchange, decodeText, failed, NOTHING, type SaslStep, type ServerExchange } from './mechanism.ts';

/** `authzid NUL authcid NUL passwd`. */
export function parsePlain(response: Uint8Array): { authzid: string; user: string; password: string } | undefined {
  const parts = decodeText(response)?.split('\0');
  const [authzid = '', user = '', password = ''] = parts ?? [];
  if (parts?.length !== 3 || user === '') return undefined;
  if (Buffer.byteLength(user) > NAME_OCTETS || Buffer.byteLength(authzid) > NAME_OCTETS) return undefined;
  return { authzid, user, password };
}

export class PlainServer implements ServerExchange {
  readonly mechanism = 'PLAIN';
  readonly #login: LoginAttempt;

  constructor(login: LoginAttempt) {
    this.#login = login;
  }

  async step(response: Uint8Array | undefined, signal?: AbortSignal): Promise<SaslStep> {
    if (response === undefined) return { challenge: NOTHING };
    const message = parsePlain(response);
    if (message === undefined) return failed('malformed');
    const { authzid, user, password } = message;
    if (!isOwnAuthzid(authzid, user)) return this.#login.refuseAuthzid(user, signal);
    return this.#login.verify(user, 'password', password, signal);
  }
}

export class PlainClient implements ClientExchange {
  readonly mechanism = 'PLAIN';
  readonly #message: Uint8Array;
  #sent = false;

  constructor(user: string, password: string, authzid = '') {
    this.#message = Buffer.from(`${authzid}\0${user}\0${password}`);
  }

  begin(): Uint8Array {
    this.#sent = true;
    return this.#message;
  }

  async step(): Promise<Uint8Array> {
    if (this.#sent) throw new CsError('CS_PEER_PROTOCOL', 'the server asks for more than PLAIN has');
    return this.begin();
  }

  finish(): void {
    if (!this.#sent) throw new CsError('CS_PEER_PROTOCOL', 'the server reports success before it was asked');
  }
}
