/** One request at a time works on an upload, and the newest has it: its client knows best whether an older one still lives. */
import type { Siblings } from '../../../contracts/siblings.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';

interface Turn {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

export class UploadTurns {
  readonly #held = new Map<string, Turn>();
  readonly #elsewhere: ((stage: string) => Promise<void>) | undefined;

  /** @param siblings whose requests for the same upload give it up, too */
  constructor(siblings: Pick<Siblings, 'only'> | undefined) {
    this.#elsewhere = siblings?.only('uploads', (stage) => this.#release(stage));
  }

  /** Stops the request that has the upload, waits until what it brought is kept, and works. */
  async take<T>(stage: string, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    await this.#elsewhere?.(stage);
    while (this.#held.has(stage)) await this.#release(stage);
    const stop = new AbortController();
    const ended = work(stop.signal).finally(() => this.#held.delete(stage));
    this.#held.set(stage, { stop, ended });
    return ended;
  }

  async #release(stage: string): Promise<void> {
    const turn = this.#held.get(stage);
    turn?.stop.abort(new HttpRefusal(409, 'another request goes on with the upload'));
    await turn?.ended.catch(() => {});
  }
}

/** The chunks until `stop` is aborted; then throws its reason, though the peer may never send another octet. */
export async function* untilTaken(
  chunks: AsyncIterable<Uint8Array>,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let give = (): void => {};
  const stopped = (): void => give();
  stop.addEventListener('abort', stopped, { once: true });
  try {
    for (;;) {
      stop.throwIfAborted();
      const next = iterator.next();
      const { done, value } = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        give = () => reject(stop.reason);
        next.then(resolve, reject);
      });
      if (done) return;
      yield value;
    }
  } finally {
    stop.removeEventListener('abort', stopped);
    // What is still awaited of the peer ends with its connection, and nobody is left to hear how.
    iterator.return?.().catch(() => {});
  }
}
