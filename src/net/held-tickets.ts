import type { TLSSocket } from 'node:tls';
import { HookedStream } from './hooked-stream.ts';

type Done = (error?: Error | null) => void;

/**
 * Below TLS 1.3 of a server: the session tickets, which OpenSSL writes as soon as the handshake is done, wait for the
 * first words behind them. A client that uploads reads nothing, and octets that it has not read turn its close into a
 * reset, by which the system forgets what of the upload had not left yet.
 */
export class HeldTickets extends HookedStream {
  #next = false;
  #held: Uint8Array | undefined;

  /** Before the handshake. */
  watch(tls: TLSSocket): void {
    tls.prependOnceListener('secure', () => {
      this.#next = tls.getProtocol() === 'TLSv1.3';
    });
  }

  override _write(chunk: Uint8Array, encoding: string, done: Done): void {
    if (this.#next) {
      this.#next = false;
      this.#held = chunk;
      done();
      return;
    }
    super._write(this.#take(chunk), encoding, done);
  }

  override _final(done: Done): void {
    const last = this.#take(new Uint8Array(0));
    if (last.length === 0) super._final(done);
    else super._write(last, 'buffer', () => super._final(done));
  }

  #take(chunk: Uint8Array): Uint8Array {
    const held = this.#held;
    this.#held = undefined;
    return held ? Buffer.concat([held, chunk]) : chunk;
  }
}
