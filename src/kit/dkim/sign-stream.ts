/** A signature for a message that is too large to be held: one pass over it for the field that goes in front, the next sends it. */
import { BodyHash } from './canonical.ts';
import { LARGEST_HEAD } from './head.ts';
import { type DkimKey, dkimField } from './sign.ts';

const CR = 13;
const LF = 10;

/** The field with its CRLF. Undefined where the header is larger than anybody should hold. @param message with CRLF line ends */
export async function dkimFieldFor(
  message: AsyncIterable<Uint8Array>,
  key: DkimKey,
  now = new Date(),
): Promise<Buffer | undefined> {
  const hash = new BodyHash('relaxed');
  const head = new Head();
  for await (const piece of message) {
    const body = head.take(piece);
    if (head.size > LARGEST_HEAD) return undefined;
    hash.update(body);
  }
  return Buffer.from(dkimField(head.octets(), hash.digest(), key, now), 'latin1');
}

/** All up to the first empty line. Looks at each octet once, however the message is cut. */
class Head {
  size = 0;
  readonly #pieces: Uint8Array[] = [];
  /** How much of CRLF CRLF was seen last; a message begins as if after a line. */
  #seen = 2;

  /** What of the piece is body already. */
  take(piece: Uint8Array): Uint8Array {
    let at = 0;
    for (; at < piece.length && this.#seen < 4; at++) {
      if (piece[at] === CR) this.#seen = this.#seen === 2 ? 3 : 1;
      else if (piece[at] === LF) this.#seen = this.#seen === 1 || this.#seen === 3 ? this.#seen + 1 : 0;
      else this.#seen = 0;
    }
    if (at > 0) this.#pieces.push(piece.slice(0, at));
    this.size += at;
    return piece.subarray(at);
  }

  /** Without the empty line. */
  octets(): Buffer {
    const all = Buffer.concat(this.#pieces);
    return this.#seen === 4 ? all.subarray(0, -2) : all;
  }
}
