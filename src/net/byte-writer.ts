import type { Duplex } from 'node:stream';
import type { CsError } from '../kit/errors.ts';

/** Octets that may wait before `write` does. */
const HIGH_WATER = 256 * 1024;
const SENT = Promise.resolve();

/** Writes to a stream: what is written in one turn leaves in one piece, and a peer that does not read is waited for. */
export class ByteWriter {
  readonly #stream: Duplex;
  readonly #lost: () => CsError;
  #corked = false;
  #drained: Promise<void> | undefined;

  /** @param lost why the stream takes nothing any more */
  constructor(stream: Duplex, lost: () => CsError) {
    this.#stream = stream;
    this.#lost = lost;
  }

  /** Resolves when the bytes may be forgotten; rejects when they cannot leave any more. */
  write(bytes: Uint8Array | string): Promise<void> {
    const stream = this.#stream;
    if (stream.writableEnded || stream.destroyed) return handled(Promise.reject(this.#lost()));
    this.#cork();
    if (typeof bytes === 'string') stream.write(bytes, 'utf8');
    else stream.write(bytes);
    if (stream.writableLength < HIGH_WATER) return SENT;
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  /** Nothing is held back any more. */
  flush(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#stream.uncork();
  }

  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#stream.cork();
    process.nextTick(() => this.flush());
  }

  #drain(): Promise<void> {
    const stream = this.#stream;
    const drained = new Promise<void>((resolve, reject) => {
      const settle = () => {
        stream.off('drain', settle).off('close', settle);
        this.#drained = undefined;
        if (stream.destroyed) reject(this.#lost());
        else resolve();
      };
      stream.on('drain', settle).on('close', settle);
    });
    return handled(drained);
  }
}

/** A writer that does not wait for its last words must not end the process. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}
