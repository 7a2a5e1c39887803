import type { Connection, DialTimings } from '../../../contracts/connection.ts';

const NO_DIAL: DialTimings = { name: 0, connect: 0, tls: 0 };

/** A connection that carries one request after the other, and is listened to in between. */
export class Link {
  readonly conn: Connection;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #early: Promise<IteratorResult<Uint8Array>> | undefined;
  #since = 0;
  #used = false;
  #spoilt = false;

  constructor(conn: Connection) {
    this.conn = conn;
    this.#chunks = conn[Symbol.asyncIterator]();
  }

  /** It has carried a request before. */
  get used(): boolean {
    return this.#used;
  }

  /** Of this request: nothing where the connection was open already. */
  get timings(): DialTimings {
    return this.#used ? NO_DIAL : (this.conn.timings ?? NO_DIAL);
  }

  /** Milliseconds without a request. */
  get idle(): number {
    return performance.now() - this.#since;
  }

  /** It hung up, or said something that nobody asked for: an answer to the next request, before that was made. */
  get spoilt(): boolean {
    return this.#spoilt || this.conn.signal.aborted;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const early = this.#early;
    this.#early = undefined;
    return early ?? this.#chunks.next();
  }

  rest(): void {
    this.#used = true;
    this.#since = performance.now();
    const early = this.#chunks.next();
    // Once somebody waits for it, it is an answer.
    const spoil = (): void => {
      this.#spoilt ||= this.#early === early;
    };
    this.#early = early;
    early.then(spoil, spoil);
  }
}
