/** Octets in order to a descriptor: one large write under way while the next is gathered. */
import { writevSync } from 'node:fs';
import { without, writeAll } from './calls.ts';

/** A write this large costs no more per octet than a larger one. */
const BATCH = 1024 * 1024;
const SMALL = 64 * 1024;

export class Output {
  readonly #fd: number;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #length = 0;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  /** @param length octets there already; the descriptor stands behind them */
  constructor(fd: number, length = 0) {
    this.#fd = fd;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** Undefined, or a promise to wait for. Throws and rejects with what a write before it met. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (chunk.length === 0) return undefined;
    this.#held.push(chunk);
    this.#heldLength += chunk.length;
    this.#length += chunk.length;
    if (this.#heldLength < BATCH) return undefined;
    if (this.#writing === undefined) {
      this.#begin();
      return undefined;
    }
    return this.#wait();
  }

  async flush(): Promise<void> {
    await this.#wait();
    if (this.#heldLength > SMALL) this.#begin();
    else if (this.#heldLength > 0) this.#writeNow();
    await this.#wait();
  }

  /** What is held goes nowhere; resolves when nothing is under way: only then may the descriptor be closed. */
  async drop(): Promise<void> {
    this.#held = [];
    this.#heldLength = 0;
    while (this.#writing !== undefined) await this.#writing;
  }

  /** A small file is faster written than handed to a thread. */
  #writeNow(): void {
    let left = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    try {
      while (left.length > 0) left = without(left, writevSync(this.#fd, left));
    } catch (error) {
      this.#failure = error;
    }
  }

  #begin(): void {
    const chunks = this.#held;
    this.#held = [];
    this.#heldLength = 0;
    this.#writing = writeAll(this.#fd, chunks).then(
      () => {
        this.#writing = undefined;
        if (this.#heldLength >= BATCH) this.#begin();
      },
      (error: unknown) => {
        this.#failure = error;
        this.#writing = undefined;
      },
    );
  }

  async #wait(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }
}
