import type { Duplex } from 'node:stream';
import type { CsError } from '../kit/errors.ts';

/** Octets kept for a reader that is busy; past it the stream is paused and the peer feels it. */
const HIGH_WATER = 64 * 1024;

type Result = IteratorResult<Uint8Array, undefined>;
const DONE: Result = { done: true, value: undefined };

/** Pulls bytes from a stream for one reader. Attach late and release early: a stream not read from stays untouched. */
export class ByteReader implements AsyncIterator<Uint8Array, undefined> {
  readonly #stream: Duplex;
  #queue: Uint8Array[] = [];
  #held = 0;
  #paused = false;
  #waiting: { resolve: (result: Result) => void; reject: (reason: CsError) => void } | undefined;
  #ended = false;
  #failure: CsError | undefined;

  /** @param failure why reading is over already, if it is */
  constructor(stream: Duplex, failure?: CsError) {
    this.#stream = stream;
    this.#failure = failure;
    this.#ended = stream.readableEnded || stream.destroyed;
    if (!this.#ended) stream.on('data', this.#take);
  }

  /** True while the stream is paused because the reader is behind. */
  get behind(): boolean {
    return this.#paused;
  }

  next(): Promise<Result> {
    const chunk = this.#queue.shift();
    if (chunk !== undefined) {
      this.#held -= chunk.length;
      if (this.#paused && this.#held < HIGH_WATER) this.#flow();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(DONE);
    if (this.#paused) this.#flow();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** No more bytes will come; those already here are still read. */
  end(): void {
    this.#ended = true;
    this.#waiting?.resolve(DONE);
    this.#waiting = undefined;
  }

  /** Reading throws this from now on: at once when `now`, else after the bytes already here. */
  fail(reason: CsError, now = false): void {
    if (this.#ended) return;
    this.#failure ??= reason;
    if (now) this.#queue = [];
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }

  /** Let the stream go, as if it had never been read: what nobody took is given back. */
  release(): Uint8Array {
    const stream = this.#stream;
    stream.off('data', this.#take);
    stream.pause();
    this.end();
    const unread = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#held = 0;
    // Neither flowing nor paused, so that the next reader's listener starts it (Node has no public word for that).
    (stream as { readableFlowing: boolean | null }).readableFlowing = null;
    return unread;
  }

  #take = (chunk: Uint8Array): void => {
    if (this.#failure) return;
    if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ done: false, value: chunk });
      return;
    }
    this.#queue.push(chunk);
    this.#held += chunk.length;
    if (this.#held < HIGH_WATER) return;
    this.#paused = true;
    this.#stream.pause();
  };

  #flow(): void {
    this.#paused = false;
    this.#stream.resume();
  }
}
