import { rmSync, writeFileSync } from 'node:fs';

const SIZE = 2 * 1024 * 1024;

/** Octets kept free for the day the disk is full: removing mail needs room too, and is what makes room. */
export class Reserve {
  readonly #path: string;
  #held = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Tries to hold it; there may be no room for it now. */
  hold(): void {
    if (this.#held) return;
    try {
      writeFileSync(this.#path, Buffer.alloc(SIZE), { mode: 0o600 });
      this.#held = true;
    } catch {
      rmSync(this.#path, { force: true });
    }
  }

  /** False when there was nothing to give. */
  release(): boolean {
    const held = this.#held;
    rmSync(this.#path, { force: true });
    this.#held = false;
    return held;
  }
}
