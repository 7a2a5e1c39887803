/** Octets on their way out, gathered into big pieces. */

/** The first piece of an answer, and those behind it. */
const FIRST = 2048;
const PIECE = 64 * 1024;
/** From this size on octets are passed on as they are, not copied. */
const LARGE = 16 * 1024;

export class Output {
  #pieces: Uint8Array[] = [];
  #piece: Buffer | undefined;
  #used = 0;
  #sealed = 0;

  /** Octets not taken yet. */
  get pending(): number {
    return this.#sealed + this.#used;
  }

  /** A "binary" string: one octet in each character. */
  text(binary: string): void {
    const room = this.#room(binary.length);
    room.write(binary, this.#used, 'latin1');
    this.#used += binary.length;
  }

  /** Must not change until it is sent. */
  octets(octets: Uint8Array): void {
    if (octets.length >= LARGE) {
      this.#seal();
      this.#pieces.push(octets);
      this.#sealed += octets.length;
      return;
    }
    this.#room(octets.length).set(octets, this.#used);
    this.#used += octets.length;
  }

  take(): readonly Uint8Array[] {
    this.#seal();
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#sealed = 0;
    return pieces;
  }

  #room(octets: number): Buffer {
    if (this.#piece && this.#used + octets <= this.#piece.length) return this.#piece;
    const first = this.#piece === undefined && this.#pieces.length === 0 && octets <= FIRST;
    this.#seal();
    // A short answer, which most are, must not cost an idle connection a large piece.
    this.#piece = first ? Buffer.allocUnsafe(FIRST) : Buffer.allocUnsafeSlow(Math.max(PIECE, octets));
    return this.#piece;
  }

  #seal(): void {
    if (this.#piece && this.#used > 0) this.#pieces.push(this.#piece.subarray(0, this.#used));
    this.#sealed += this.#used;
    this.#piece = undefined;
    this.#used = 0;
  }
}
