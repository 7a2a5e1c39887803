/** Whether every line of a body ends with CRLF and nothing else, over any split (trust.md SM-01..10). */

const CR = 13;
const LF = 10;
const DOT = 46;

export class LineEnds {
  #last = LF;

  /** False once there was a bare CR, a bare LF or a NUL. Memory is searched, not looped over: this runs for every octet. */
  push(piece: Buffer): boolean {
    if (piece.length === 0) return true;
    const fine = this.#joins(piece) && this.#lineFeeds(piece) && this.#returns(piece) && piece.indexOf(0) === -1;
    this.#last = piece[piece.length - 1]!;
    return fine;
  }

  /** False when it ends in the middle of a CRLF. */
  end(): boolean {
    return this.#last !== CR;
  }

  #joins(piece: Buffer): boolean {
    return this.#last !== CR || piece[0] === LF;
  }

  #lineFeeds(piece: Buffer): boolean {
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
      if (at === 0 ? this.#last !== CR : piece[at - 1] !== CR) return false;
    }
    return true;
  }

  #returns(piece: Buffer): boolean {
    const end = piece.length - 1;
    for (let at = piece.indexOf(CR); at !== -1 && at < end; at = piece.indexOf(CR, at + 1)) {
      if (piece[at + 1] !== LF) return false;
    }
    return true;
  }
}

/**
 * Finds what some server somewhere would take for the end of a message: a dot alone between any line ends. Used only to
 * know when a client whose message was refused for its line ends waits for the answer.
 */
export class AnyEnd {
  /** 0 inside a line, 1 at its start, 2 behind a dot there. */
  #state = 0;

  /** @param before the octets before, two are enough */
  constructor(before: Buffer) {
    this.push(before);
  }

  push(chunk: Buffer): boolean {
    for (const octet of chunk) {
      const end = octet === CR || octet === LF;
      if (end && this.#state === 2) return true;
      this.#state = end ? 1 : octet === DOT && this.#state === 1 ? 2 : 0;
    }
    return false;
  }
}
