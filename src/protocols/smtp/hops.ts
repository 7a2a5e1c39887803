/** Counts the Received fields of a message as it passes (RFC 5321 section 6.3); the body is not looked at. */

const LF = 10;
const NAME = 'received:';

export class Hops {
  #count = 0;
  #line = '';
  #inHeader = true;

  get count(): number {
    return this.#count;
  }

  push(piece: Buffer): void {
    let from = 0;
    while (this.#inHeader && from < piece.length) {
      const at = piece.indexOf(LF, from);
      const end = at === -1 ? piece.length : at + 1;
      // The first octets of a line tell what it is; the rest is passed over.
      if (this.#line.length < NAME.length) {
        this.#line += piece.toString('latin1', from, Math.min(end, from + NAME.length - this.#line.length));
      }
      if (at !== -1) this.#ended();
      from = end;
    }
  }

  #ended(): void {
    if (this.#line === '\r\n' || this.#line === '\n') this.#inHeader = false;
    else if (this.#line.toLowerCase() === NAME) this.#count += 1;
    this.#line = '';
  }
}
