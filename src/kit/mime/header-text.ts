/** Octets of one header that are parsed; what comes after is there and not summarised. */
export const HEADER_LIMIT = 100 * 1024;

/** The header that is being read, one octet per character, up to the limit. */
export class HeaderText {
  #start = 0;
  #text = '';

  /** @param start offset of the header in the message */
  begin(start: number): void {
    this.#start = start;
    this.#text = '';
  }

  /**
   * Octets that may be the header's.
   * @param before offset of the chunk in the message
   * @param end offset behind the last of them, likewise
   */
  add(chunk: Uint8Array, before: number, end: number): void {
    const from = this.#start + this.#text.length;
    const to = Math.min(end, this.#start + HEADER_LIMIT);
    if (to <= from) return;
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#text += octets.toString('latin1', from - before, to - before);
  }

  /** @param end offset behind the header; what was added after is not its own */
  take(end: number): string {
    return this.#text.slice(0, end - this.#start);
  }
}
