import { CsError } from '../../../kit/errors.ts';

/** Octets that are held before the giver has to wait. */
const HELD = 256 * 1024;

/** Chunks from one who gives to one who takes, without end to neither's patience: `drop` frees both. */
export class Pipe {
  #chunks: Uint8Array[] = [];
  #held = 0;
  #ended = false;
  #dropped = false;
  #taken = false;
  #came: (() => void) | undefined;
  #room: (() => void) | undefined;

  /** Resolves (or returns undefined) when more may be given; what nobody takes any more is forgotten. */
  give(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#dropped) return undefined;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#came?.();
    if (this.#held < HELD) return undefined;
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    this.#came?.();
  }

  drop(): void {
    this.#dropped = true;
    this.#chunks = [];
    this.#room?.();
    this.#came?.();
  }

  /** Until `end`; a dropped one ends too. Once: what was taken is gone (`CS_INPUT`). */
  async *take(): AsyncGenerator<Uint8Array> {
    if (this.#taken) throw new CsError('CS_INPUT', 'the content cannot be sent a second time');
    this.#taken = true;
    while (!this.#dropped) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#held -= chunk.length;
        if (this.#held < HELD) this.#room?.();
        yield chunk;
      } else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#came = resolve;
        });
      }
    }
  }
}
