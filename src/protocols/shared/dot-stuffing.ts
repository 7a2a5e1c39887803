/**
 * Transparency of a body that ends with a line holding one dot (RFC 5321 section 4.5.2, RFC 1939 section 3), for both
 * directions and any split. Only CRLF makes a line: a dot behind a bare CR or LF is content.
 */

const CR = 13;
const LF = 10;
const DOT = 46;
const NOTHING = new Uint8Array(0);
const DOT_AT_LINE_START = Buffer.from('\r\n.');
const END = Buffer.from('.\r\n');
const OWN_LINE_END = Buffer.from('\r\n.\r\n');

/** How far into CRLF the octets so far have come: 0 inside a line, 1 after CR, 2 at the start of a line. */
type LineState = 0 | 1 | 2;

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function stateAfter(chunk: Uint8Array, before: LineState): LineState {
  const last = chunk.at(-1);
  if (last === CR) return 1;
  const beforeLast = chunk.length > 1 ? chunk.at(-2) === CR : before === 1;
  return last === LF && beforeLast ? 2 : 0;
}

/** Puts a dot in front of every line that begins with one. */
export class DotStuffer {
  #state: LineState = 2;

  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return chunk;
    const dots = this.#dots(buffer(chunk));
    this.#state = stateAfter(chunk, this.#state);
    if (dots.length === 0) return chunk;
    const stuffed = Buffer.allocUnsafe(chunk.length + dots.length);
    let from = 0;
    let to = 0;
    for (const dot of dots) {
      stuffed.set(chunk.subarray(from, dot), to);
      to += dot - from;
      stuffed[to++] = DOT;
      from = dot;
    }
    stuffed.set(chunk.subarray(from), to);
    return stuffed;
  }

  /** The end of the body: its last line gets a CRLF if it has none. Ready for the next body. */
  end(): Uint8Array {
    const end = this.#state === 2 ? END : OWN_LINE_END;
    this.#state = 2;
    return end;
  }

  /** Where the dots are that stand first in a line. */
  #dots(chunk: Buffer): number[] {
    const dots: number[] = [];
    if (this.#state === 2 && chunk[0] === DOT) dots.push(0);
    if (this.#state === 1 && chunk[0] === LF && chunk[1] === DOT) dots.push(1);
    for (let at = chunk.indexOf(DOT_AT_LINE_START); at !== -1; at = chunk.indexOf(DOT_AT_LINE_START, at + 3)) {
      dots.push(at + 2);
    }
    return dots;
  }
}

export interface Unstuffed {
  /** Content; the CRLF before the final dot belongs to it. */
  readonly body: Uint8Array;
  /** Set once the end was seen: what follows it, untouched. */
  readonly rest: Uint8Array | undefined;
}

/** Takes the dots off again and finds the end. */
export class DotUnstuffer {
  /** Octets at the end of what came so far that may be the start of the end: at most `.` CR. Empty inside a line. */
  #held: Uint8Array = NOTHING;
  #state: LineState = 2;

  push(chunk: Uint8Array): Unstuffed {
    const bytes = buffer(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]));
    this.#held = NOTHING;
    const parts: Uint8Array[] = [];
    let from = 0;
    for (let dot = this.#nextDot(bytes, 0); dot !== -1; dot = this.#nextDot(bytes, from)) {
      parts.push(bytes.subarray(from, dot));
      const after = bytes.subarray(dot, dot + 3);
      if (END.subarray(0, after.length).equals(after)) {
        if (after.length < 3) {
          this.#held = after;
          this.#state = 2;
          return { body: join(parts), rest: undefined };
        }
        this.#state = 2;
        return { body: join(parts), rest: bytes.subarray(dot + 3) };
      }
      // Whatever stands there now is content, a second dot included.
      from = dot + 1;
      this.#state = 0;
    }
    const tail = bytes.subarray(from);
    parts.push(tail);
    if (tail.length > 0) this.#state = stateAfter(tail, this.#state);
    return { body: join(parts), rest: undefined };
  }

  /** @param from the state holds for the octet there */
  #nextDot(bytes: Buffer, from: number): number {
    if (this.#state === 2 && bytes[from] === DOT) return from;
    if (this.#state === 1 && bytes[from] === LF && bytes[from + 1] === DOT) return from + 1;
    const at = bytes.indexOf(DOT_AT_LINE_START, from);
    return at === -1 ? -1 : at + 2;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] ?? NOTHING) : Buffer.concat(parts);
}
