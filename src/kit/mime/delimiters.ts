import type { OpenPart } from './open-part.ts';

export interface Found {
  /** Whose delimiter it is. */
  readonly part: OpenPart;
  readonly last: boolean;
}

const DASH = 45;

/** The boundaries that are looked for. A line is a delimiter when it is one but for white space at its end: `--a` is none of `ab`'s. */
export class Delimiters {
  /** The innermost is last. */
  readonly #parts = new Map<string, OpenPart[]>();

  get size(): number {
    return this.#parts.size;
  }

  add(boundary: string, part: OpenPart): void {
    part.boundary = boundary;
    const parts = this.#parts.get(boundary);
    if (parts) parts.push(part);
    else this.#parts.set(boundary, [part]);
  }

  remove(part: OpenPart): void {
    if (part.boundary === undefined) return;
    const parts = this.#parts.get(part.boundary)?.filter((one) => one !== part) ?? [];
    if (parts.length > 0) this.#parts.set(part.boundary, parts);
    else this.#parts.delete(part.boundary);
    part.boundary = undefined;
  }

  /** @param opening whether one that begins a part counts */
  find(line: Uint8Array, opening: boolean): Found | undefined {
    if (this.#parts.size === 0 || line[0] !== DASH || line[1] !== DASH) return undefined;
    const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString('latin1', 2).trimEnd();
    const begins = opening ? this.#parts.get(text)?.at(-1) : undefined;
    const ends = text.endsWith('--') ? this.#parts.get(text.slice(0, -2))?.at(-1) : undefined;
    if (ends && !(begins && begins.depth > ends.depth)) return { part: ends, last: true };
    return begins && { part: begins, last: false };
  }
}
