import { DotUnstuffer } from '../shared/dot-stuffing.ts';
import { givesBack } from '../shared/give-back.ts';
import type { Incoming } from './incoming.ts';
import { AnyEnd } from './line-ends.ts';
import { BAD_BODY } from './reply.ts';
import type { BodyReader, Waits } from './stream.ts';

const NOTHING = Buffer.alloc(0);
const LINE_START = Buffer.from('\r\n');

/** DATA: until a line that holds one dot (RFC 5321 section 4.5.2). Content leaves in one piece per chunk. */
export class DotReader implements BodyReader {
  readonly #incoming: Incoming;
  readonly #ended: (behind: boolean) => Waits;
  readonly #unstuffer = new DotUnstuffer();
  #tail: Buffer = LINE_START;
  #anyEnd: AnyEnd | undefined;
  waits: Waits;

  constructor(incoming: Incoming, ended: (behind: boolean) => Waits) {
    this.#incoming = incoming;
    this.#ended = ended;
  }

  push(chunk: Buffer, own = false): Buffer | undefined {
    if (this.#anyEnd) return this.#anyEnd.push(chunk) ? NOTHING : undefined;
    const { body, rest } = this.#unstuffer.push(chunk);
    this.waits = body.length > 0 ? this.#incoming.write(body as Buffer, own ? givesBack(body) : undefined) : undefined;
    if (rest !== undefined) return rest as Buffer;
    if (this.#incoming.refusal === BAD_BODY) return this.#refused(chunk);
    this.#tail = chunk.length > 1 ? Buffer.from(chunk.subarray(-2)) : Buffer.concat([this.#tail, chunk]).subarray(-2);
    return undefined;
  }

  end(behind: boolean): Waits {
    return this.#ended(behind);
  }

  /** The connection is going to be closed: any end will do, or the client would wait for ever. */
  #refused(chunk: Buffer): Buffer | undefined {
    this.#anyEnd = new AnyEnd(this.#tail);
    return this.#anyEnd.push(chunk) ? NOTHING : undefined;
  }
}

/** BDAT: so many octets, whatever they are (RFC 3030 section 2). Without a message they are thrown away. */
export class CountReader implements BodyReader {
  readonly #incoming: Incoming | undefined;
  readonly #ended: () => Waits;
  #left: number;
  waits: Waits;

  constructor(octets: number, incoming: Incoming | undefined, ended: () => Waits) {
    this.#left = octets;
    this.#incoming = incoming;
    this.#ended = ended;
  }

  push(chunk: Buffer, own = false): Buffer | undefined {
    const piece = chunk.length <= this.#left ? chunk : chunk.subarray(0, this.#left);
    this.#left -= piece.length;
    this.waits = this.#incoming?.write(piece, own ? givesBack(piece) : undefined);
    return this.#left > 0 ? undefined : chunk.subarray(piece.length);
  }

  end(): Waits {
    return this.#ended();
  }
}
