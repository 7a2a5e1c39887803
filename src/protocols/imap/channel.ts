/** Octets in and out: the connection itself, or the connection behind DEFLATE (RFC 4978). */
import { constants, createDeflateRaw, createInflateRaw, type InflateRaw } from 'node:zlib';
import type { Connection } from '../../contracts/connection.ts';
import { CsError } from '../../kit/errors.ts';

export interface Channel {
  next(): Promise<IteratorResult<Uint8Array, undefined>>;
  /** Resolves when more may be written. */
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /** Let go of what it holds beside the connection. */
  close(): void;
  /** Of a deflated one: octets as they are, both ways, from the next one on (RFC 8437 section 4.1). */
  readonly undone?: () => Channel;
}

/** 4 KiB of window and a small table: 24 KiB a connection, for a tenth less compression. */
const OURS = { windowBits: 12, memLevel: 4, level: 3 } as const;
/** The peer chooses its own window, up to 32 KiB. */
const THEIRS = { windowBits: 15, chunkSize: 16 * 1024 } as const;

export function plainChannel(conn: Connection): Channel {
  const chunks = conn[Symbol.asyncIterator]();
  return {
    next: () => chunks.next() as Promise<IteratorResult<Uint8Array, undefined>>,
    write: async (pieces) => {
      for (const piece of pieces) await conn.write(piece);
    },
    close: () => {},
  };
}

/** @param early octets of the peer that came behind the command, compressed already */
export function deflatedChannel(below: Channel, early: Uint8Array): Channel {
  const deflate = createDeflateRaw(OURS);
  let written: Uint8Array[] = [];
  deflate.on('error', () => {}).on('data', (piece: Uint8Array) => written.push(piece));
  const feeder = new Feeder(below, early);
  const inflated = inflate(feeder);
  const close = (): void => {
    deflate.destroy();
    // A generator that waits for octets ends with them.
    void inflated.return(undefined).catch(() => {});
  };
  return {
    next: () => inflated.next(),
    write: async (pieces) => {
      for (const piece of pieces) deflate.write(piece);
      await new Promise<void>((flushed) => deflate.flush(constants.Z_SYNC_FLUSH, () => flushed()));
      const ready = written;
      written = [];
      await below.write(ready);
    },
    close,
    undone: () => {
      const plain = feeder.release();
      close();
      return plain;
    },
  };
}

/** Reads from below no faster than what it unfolds to is taken: a bomb stays folded. */
class Feeder {
  readonly stream: InflateRaw = createInflateRaw(THEIRS);
  readonly #below: Channel;
  /** Asked for and not taken yet: whoever goes on reading gets it. */
  #asked: Promise<IteratorResult<Uint8Array, undefined>> | undefined;
  #last: Uint8Array;
  #fed = 0;
  #released = false;
  ended = false;

  constructor(below: Channel, early: Uint8Array) {
    this.#below = below;
    this.#last = early;
  }

  async feed(): Promise<void> {
    if (this.#last.length > 0) await this.#give(this.#last);
    for (;;) {
      this.#asked = this.#below.next();
      const said = await this.#asked;
      if (this.#released) return;
      this.#asked = undefined;
      if (said.done) break;
      await this.#give(said.value);
    }
    this.ended = true;
    this.stream.end();
  }

  /** Octets that come behind the end of the deflated stream are the first to be read. */
  release(): Channel {
    this.#released = true;
    let rest = this.#last.subarray(this.#last.length - (this.#fed - this.stream.bytesWritten));
    const below = this.#below;
    return {
      ...below,
      next: async () => {
        const [value, asked] = [rest, this.#asked];
        rest = value.subarray(value.length);
        if (value.length > 0) return { done: false, value };
        this.#asked = undefined;
        return asked ?? below.next();
      },
    };
  }

  #give(chunk: Uint8Array): Promise<void> {
    this.#last = chunk;
    this.#fed += chunk.length;
    return new Promise((resolve, reject) => {
      this.stream.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }
}

async function* inflate(feeder: Feeder): AsyncGenerator<Uint8Array, undefined> {
  const { stream } = feeder;
  void feeder.feed().catch((error: Error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    if (cause instanceof CsError) throw cause;
    // Nobody says goodbye in zlib's own way before hanging up.
    if (!feeder.ended) throw new CsError('CS_PEER_PROTOCOL', 'what came is not deflated', { cause });
  }
  return undefined;
}
