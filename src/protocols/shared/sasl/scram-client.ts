/** SCRAM-SHA-256, the client's end (RFC 5802 section 5, RFC 7677): proves the password without showing it, and wants proof back. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { CsError } from '../../../kit/errors.ts';
import { saslPrep } from '../../../kit/precis.ts';
import { clientProof, hmac, saltedPassword, serverKeys } from '../../../kit/scram.ts';
import { decodeBase64Line, encodeBase64Line } from './base64.ts';
import { type ClientExchange, decodeText, NOTHING } from './mechanism.ts';
import { encodeName, isNonce, parseAttributes } from './scram-message.ts';

/** RFC 7677 section 4 asks for at least this many. */
const LEAST_ITERATIONS = 4096;
/** About a second of work; a server that wants more wants something else. */
const MOST_ITERATIONS = 2_000_000;

export class ScramClient implements ClientExchange {
  readonly mechanism = 'SCRAM-SHA-256';
  readonly #password: string;
  readonly #nonce: string;
  readonly #gs2: string;
  readonly #bare: string;
  #state: 'new' | 'opened' | 'proved' | 'verified' = 'new';
  #expected: Uint8Array = NOTHING;

  /** @param nonce the client's part of it */
  constructor(user: string, password: string, authzid = '', nonce: string = randomBytes(18).toString('base64')) {
    const prepared = [user, password].map(saslPrep);
    const [name, secret] = prepared;
    if (name === undefined || secret === undefined) {
      throw new CsError('CS_INPUT', 'the name or the password cannot be used with SCRAM (RFC 4013)');
    }
    this.#password = secret;
    this.#nonce = nonce;
    this.#gs2 = authzid === '' ? 'n,,' : `n,a=${encodeName(authzid)},`;
    this.#bare = `n=${encodeName(name)},r=${nonce}`;
  }

  begin(): Uint8Array {
    this.#state = 'opened';
    return Buffer.from(this.#gs2 + this.#bare);
  }

  async step(challenge: Uint8Array): Promise<Uint8Array> {
    if (this.#state === 'new') return this.begin();
    const text = decodeText(challenge);
    if (text === undefined) throw broken('text that is not UTF-8');
    if (this.#state === 'opened') return this.#prove(text);
    if (this.#state !== 'proved') throw broken('a message too many');
    this.#verify(text);
    return NOTHING;
  }

  finish(last?: Uint8Array): void {
    if (last !== undefined && last.length > 0 && this.#state === 'proved') this.#verify(decodeText(last) ?? '');
    if (this.#state !== 'verified') throw broken('no proof that it knows the password');
  }

  /** server-first-message → client-final-message. */
  async #prove(text: string): Promise<Uint8Array> {
    const [nonce = '', salt = '', iterations = ''] = parseAttributes(text, ['r', 's', 'i']) ?? [];
    if (!isNonce(nonce) || !nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw broken('a nonce that is not ours and its own');
    }
    const count = /^\d{1,9}$/.test(iterations) ? Number(iterations) : 0;
    if (count < LEAST_ITERATIONS || count > MOST_ITERATIONS) throw broken(`${count} iterations`);
    const salted = await saltedPassword(this.#password, decodeBase64Line(salt), count);
    const final = `c=${encodeBase64Line(Buffer.from(this.#gs2))},r=${nonce}`;
    const message = `${this.#bare},${text},${final}`;
    this.#expected = hmac(serverKeys(salted).serverKey, message);
    this.#state = 'proved';
    return Buffer.from(`${final},p=${encodeBase64Line(clientProof(salted, message))}`);
  }

  #verify(text: string): void {
    if (text.startsWith('e=')) throw new CsError('CS_AUTH_REJECTED', 'the server rejected the login', { reply: text });
    const [signature = ''] = parseAttributes(text, ['v']) ?? [];
    const given = decodeBase64Line(signature);
    if (given.length !== this.#expected.length || !timingSafeEqual(given, this.#expected)) {
      throw broken('a signature that does not fit the password');
    }
    this.#state = 'verified';
  }
}

function broken(what: string): CsError {
  return new CsError('CS_PEER_PROTOCOL', `SCRAM-SHA-256: the server sent ${what}`);
}
