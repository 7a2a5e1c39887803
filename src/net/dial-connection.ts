import type { Duplex } from 'node:stream';
import type { DialTimings, Forwarder, Peer } from '../contracts/connection.ts';
import { asCsError } from '../kit/errors.ts';
import { StreamConnection } from './connection.ts';
import type { StreamHook } from './delay-line.ts';
import type { Secured } from './tls-client.ts';

export interface DialledOptions {
  readonly id: string;
  readonly peer: Peer;
  readonly local: Peer;
  readonly stream: Duplex;
  /** What the handshake made of a stream that is secured already. */
  readonly secured: Secured | undefined;
  /** An unverified peer may have passwords too. */
  readonly insecureAuth: boolean;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds that it outlives the signal. */
  readonly linger: number;
  readonly hooks: readonly StreamHook[];
  readonly forwarder?: Forwarder | undefined;
  /** Still counting where a handshake may follow. */
  readonly timings?: DialTimings | undefined;
  readonly secure: (stream: Duplex) => Promise<Secured>;
}

/** A client's conversation. It knows whether the peer was verified, and ends with the signal of its command. */
export class DialledConnection extends StreamConnection {
  readonly #verdict: { secured: Secured | undefined };
  readonly #insecureAuth: boolean;
  readonly forwarder: Forwarder | undefined;
  readonly timings: DialTimings | undefined;

  constructor({ secured, insecureAuth, signal, linger, secure, forwarder, timings, ...base }: DialledOptions) {
    const verdict = { secured };
    const upgrade = async (stream: Duplex) => {
      verdict.secured = await secure(stream);
      return verdict.secured.socket;
    };
    super({ ...base, role: 'client', upgrade });
    this.#verdict = verdict;
    this.forwarder = forwarder;
    this.timings = timings;
    this.#insecureAuth = insecureAuth;
    if (signal) this.#endWith(signal, linger);
  }

  override get trusted(): boolean {
    return this.peer.loopback || (this.secure && (this.#verdict.secured?.verified === true || this.#insecureAuth));
  }

  /** The TLS session that a connection beside this one resumes. */
  get session(): Buffer | undefined {
    return this.#verdict.secured?.session();
  }

  #endWith(signal: AbortSignal, linger: number): void {
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => this.end('X', asCsError(signal.reason));
    const stop = (): void => {
      if (linger === 0) end();
      else timer = setTimeout(end, linger);
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void this.gone().then(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  }
}
