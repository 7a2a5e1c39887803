/** SCRAM-SHA-256, the server's end (RFC 5802 section 5, RFC 7677). */
import { randomBytes } from 'node:crypto';
import type { ScramKeys } from '../../../contracts/accounts.ts';
import { CsError } from '../../../kit/errors.ts';
import { NAME_OCTETS } from '../../../kit/precis.ts';
import { hmac, proofIsValid } from '../../../kit/scram.ts';
import { decodeBase64Line, encodeBase64Line } from './base64.ts';
import { isOwnAuthzid, type LoginAttempt } from './login-attempt.ts';
import { decodeText, ended, failed, NOTHING, type SaslStep, type ServerExchange } from './mechanism.ts';
import { decodeName, isNonce, parseAttributes, parseGs2 } from './scram-message.ts';

interface Opened {
  readonly user: string;
  readonly keys: ScramKeys | undefined;
  readonly gs2: string;
  readonly nonce: string;
  /** client-first-message-bare and server-first-message. */
  readonly said: string;
}

export class ScramServer implements ServerExchange {
  readonly mechanism = 'SCRAM-SHA-256';
  readonly #login: LoginAttempt;
  readonly #nonce: string;
  #opened: Opened | undefined;
  #proved: string | undefined;

  /** @param nonce the server's part of it */
  constructor(login: LoginAttempt, nonce: string = randomBytes(18).toString('base64')) {
    this.#login = login;
    this.#nonce = nonce;
  }

  async step(response: Uint8Array | undefined, signal?: AbortSignal): Promise<SaslStep> {
    if (response === undefined) return this.#opened ? failed('malformed') : { challenge: NOTHING };
    const text = decodeText(response);
    if (text === undefined) return failed('malformed');
    if (this.#proved !== undefined) {
      // The server's signature went out as a challenge; the client agrees by saying nothing.
      if (text !== '') return failed('malformed');
      return ended(await this.#login.settle(this.#proved, true, signal));
    }
    return this.#opened ? this.#check(this.#opened, text, signal) : this.#open(text, signal);
  }

  /** client-first-message → server-first-message. */
  async #open(text: string, signal?: AbortSignal): Promise<SaslStep> {
    const gs2 = parseGs2(text);
    // Channel binding is not offered (no -PLUS), so asking for it is out of order; so is an `m=` extension.
    if (gs2 === undefined || (gs2.binding !== 'n' && gs2.binding !== 'y')) return failed('malformed');
    const [written = '', clientNonce = ''] = parseAttributes(gs2.rest, ['n', 'r']) ?? [];
    const user = decodeName(written);
    if (!user || Buffer.byteLength(user) > NAME_OCTETS || !isNonce(clientNonce)) return failed('malformed');
    if (!isOwnAuthzid(gs2.authzid, user)) return this.#login.refuseAuthzid(user, signal);
    const keys = await this.#login.accounts.scram?.(user);
    if (keys === undefined) return ended(await this.#login.settle(user, false, signal));
    const nonce = clientNonce + this.#nonce;
    const reply = `r=${nonce},s=${encodeBase64Line(keys.salt)},i=${keys.iterations}`;
    this.#opened = { user, keys, gs2: gs2.header, nonce, said: `${gs2.rest},${reply}` };
    return { challenge: Buffer.from(reply) };
  }

  /** client-final-message → server-final-message. */
  async #check(opened: Opened, text: string, signal?: AbortSignal): Promise<SaslStep> {
    const at = text.lastIndexOf(',p=');
    const [binding, nonce] = parseAttributes(text, ['c', 'r']) ?? [];
    const proof = at === -1 ? undefined : octets(text.slice(at + 3));
    if (binding !== encodeBase64Line(Buffer.from(opened.gs2)) || proof === undefined) return failed('malformed');
    const message = `${opened.said},${text.slice(0, at)}`;
    const { keys, user } = opened;
    if (nonce !== opened.nonce || !keys || !proofIsValid(keys.storedKey, message, proof)) {
      return ended(await this.#login.settle(user, false, signal));
    }
    this.#proved = user;
    return { challenge: Buffer.from(`v=${encodeBase64Line(hmac(keys.serverKey, message))}`) };
  }
}

function octets(text: string): Uint8Array | undefined {
  try {
    return decodeBase64Line(text);
  } catch (error) {
    if (error instanceof CsError) return undefined;
    throw error;
  }
}
