import type { Duplex } from 'node:stream';
import type { Peer } from '../contracts/connection.ts';
import { asCsError } from '../kit/errors.ts';
import { StreamConnection } from './connection.ts';
import type { StreamHook } from './delay-line.ts';
import type { Secured } from './tls-client.ts';

export interface DialledOptions {
  readonly id: string;
  readonly peer: Peer;
  readonly local: Peer;
  readonly stream: Duplex;
  /** What the handshake said about a stream that is secured already. */
  readonly verified: boolean;
  /** An unverified peer may have passwords too. */
  readonly insecureAuth: boolean;
  readonly signal: AbortSignal | undefined;
  readonly hooks: readonly StreamHook[];
  readonly secure: (stream: Duplex) => Promise<Secured>;
}

/** A client's conversation. It knows whether the peer was verified, and ends with the signal of its command. */
export class DialledConnection extends StreamConnection {
  readonly #verdict: { verified: boolean };
  readonly #insecureAuth: boolean;

  constructor({ verified, insecureAuth, signal, secure, ...base }: DialledOptions) {
    const verdict = { verified };
    const upgrade = async (stream: Duplex) => {
      const secured = await secure(stream);
      verdict.verified = secured.verified;
      return secured.socket;
    };
    super({ ...base, role: 'client', upgrade });
    this.#verdict = verdict;
    this.#insecureAuth = insecureAuth;
    if (signal) this.#endWith(signal);
  }

  override get trusted(): boolean {
    return this.peer.loopback || (this.secure && (this.#verdict.verified || this.#insecureAuth));
  }

  #endWith(signal: AbortSignal): void {
    const stop = (): void => this.end('X', asCsError(signal.reason));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void this.gone().then(() => signal.removeEventListener('abort', stop));
  }
}
