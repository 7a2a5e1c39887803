/** The clock of one HTTP/2 stream: others on its connection are not held to it. */
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Connection } from '../../../contracts/connection.ts';
import type { Pace } from './body.ts';

/** Milliseconds that a peer may fall behind the minimum rate. */
const GRACE = 10_000;

export class StreamPace implements Pace {
  readonly #stream: ServerHttp2Stream;
  readonly #conn: Connection;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rate = 0;

  constructor(stream: ServerHttp2Stream, conn: Connection) {
    this.#stream = stream;
    this.#conn = conn;
  }

  /** Aborts when the stream is gone. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      const gone = (): void => abort.abort(this.#conn.signal.reason);
      if (this.#stream.closed || this.#stream.destroyed) gone();
      else this.#stream.once('close', gone);
    }
    return this.#abort.signal;
  }

  deadline(ms: number, minimumRate = 0): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#rate = minimumRate;
    if (ms > 0) this.#timer = setTimeout(this.#expire, ms);
    else if (minimumRate > 0) this.#watch(this.#stream.writableLength);
  }

  /** What waits must become less by what the rate asks for, or somebody keeps us waiting. */
  #watch(waiting: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#stream.writableLength;
      if (left > 0 && left > waiting - (this.#rate * GRACE) / 1000) this.#expire();
      else if (left > 0) this.#watch(left);
    }, GRACE);
  }

  readonly #expire = (): void => {
    if (!this.#stream.closed) this.#stream.close(constants.NGHTTP2_CANCEL);
  };
}
