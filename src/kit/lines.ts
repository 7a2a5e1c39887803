/**
 * Bytes → lines, without a socket: the receive buffer of every line protocol, with its limit inside it.
 * Scans each byte once, so a line fed a byte at a time costs the same as one fed whole.
 */
import { CsError } from './errors.ts';

const CR = 13;
const LF = 10;

export interface LineLimits {
  /** Octets of one line without its CRLF. */
  readonly max: number;
  /** `strict`: only CRLF ends a line, and a bare CR or LF is an error. `lenient`: LF ends it too. */
  readonly newline?: 'strict' | 'lenient';
}

export class LineBuffer {
  readonly #limits: LineLimits;
  #held: Uint8Array = new Uint8Array(0);
  #scanned = 0;

  constructor(limits: LineLimits) {
    this.#limits = limits;
  }

  /** Octets received and not yet taken: what must survive an upgrade or a switch to a body. */
  get unread(): Uint8Array {
    return this.#held;
  }

  push(chunk: Uint8Array): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
  }

  /** Take up to `count` raw octets: a literal, a body. */
  take(count: number): Uint8Array {
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(taken.length);
    this.#scanned = 0;
    return taken;
  }

  /** The next line without its end, or undefined until more bytes come. Throws `CS_PEER_LIMIT`, `CS_PEER_PROTOCOL`. */
  next(): Uint8Array | undefined {
    const { max, newline = 'strict' } = this.#limits;
    const at = this.#held.indexOf(LF, this.#scanned);
    if (at === -1) {
      this.#scanned = this.#held.length;
      // One octet over is allowed to wait: it may be the CR of the line's end.
      if (this.#held.length > max + 1) throw new CsError('CS_PEER_LIMIT', `line longer than ${max} octets`);
      return undefined;
    }
    const crlf = at > 0 && this.#held[at - 1] === CR;
    const line = this.#held.subarray(0, crlf ? at - 1 : at);
    this.#held = this.#held.subarray(at + 1);
    this.#scanned = 0;
    if (line.length > max) throw new CsError('CS_PEER_LIMIT', `line longer than ${max} octets`);
    if (newline === 'strict' && (!crlf || line.includes(CR))) {
      throw new CsError('CS_PEER_PROTOCOL', 'line not ended by CRLF');
    }
    return line;
  }
}
