/** Streams of one HTTP/2 connection whose answers were given whole: one clock for all of them, not one for each. */
import { constants, type ServerHttp2Stream } from 'node:http2';

/** Milliseconds between two looks. */
const GRACE = 10_000;

export class Untaken {
  readonly #rate: number;
  /** What was left of each (octets) at the last look. */
  readonly #left = new Map<ServerHttp2Stream, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param rate octets per second that a peer must take; 0 for none */
  constructor(rate: number) {
    this.#rate = rate;
  }

  add(stream: ServerHttp2Stream): void {
    if (this.#rate === 0) return;
    this.#left.set(stream, Number.POSITIVE_INFINITY);
    this.#timer ??= setTimeout(this.#look, GRACE);
  }

  delete(stream: ServerHttp2Stream): void {
    this.#left.delete(stream);
  }

  clear(): void {
    this.#left.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What waits must have become less by what the rate asks for, or somebody keeps us waiting. */
  readonly #look = (): void => {
    this.#timer = this.#left.size > 0 ? setTimeout(this.#look, GRACE) : undefined;
    for (const [stream, before] of this.#left) {
      const left = stream.writableLength;
      if (left > 0 && left > before - (this.#rate * GRACE) / 1000) stream.close(constants.NGHTTP2_CANCEL);
      else this.#left.set(stream, left);
    }
  };
}
