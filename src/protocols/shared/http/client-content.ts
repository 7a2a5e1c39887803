import type { Call } from './client-call.ts';

/** Octets that are read to keep a connection, rather than closed upon. */
const SHORT = 64 * 1024;

type Result = IteratorResult<Uint8Array, undefined>;

/** An answer's content, once. `done` is called when the connection is free or lost, exactly once. */
export class Content implements AsyncIterableIterator<Uint8Array> {
  readonly #chunks: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #signals: readonly AbortSignal[];
  readonly #done: () => void;
  #free = false;

  constructor(call: Call, signals: readonly AbortSignal[], done: () => void) {
    this.#chunks = call.content();
    this.#signals = signals;
    this.#done = done;
    // No content, or all of it is here already: nobody has to read it for the connection's sake.
    if (call.over) this.#release();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    try {
      const { done, value } = await this.#chunks.next();
      if (!done) return { done: false, value };
      this.#release();
      return { done: true, value: undefined };
    } catch (error) {
      this.#release();
      throw this.#signals.find((one) => one.aborted)?.reason ?? error;
    }
  }

  async return(): Promise<Result> {
    this.#release();
    return { done: true, value: undefined };
  }

  async discard(): Promise<void> {
    try {
      let read = 0;
      for await (const chunk of this) {
        read += chunk.length;
        if (read > SHORT) return;
      }
    } catch {
      // Nobody asked for what is broken here.
    }
  }

  #release(): void {
    if (this.#free) return;
    this.#free = true;
    this.#done();
  }
}
