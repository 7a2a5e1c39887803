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
  const inflated = inflate(below, early);
  return {
    next: () => inflated.next(),
    write: async (pieces) => {
      for (const piece of pieces) deflate.write(piece);
      await new Promise<void>((flushed) => deflate.flush(constants.Z_SYNC_FLUSH, () => flushed()));
      const ready = written;
      written = [];
      await below.write(ready);
    },
    close: () => {
      deflate.destroy();
      // A generator that waits for octets ends with them.
      void inflated.return(undefined).catch(() => {});
    },
  };
}

/** Reads from below no faster than what it unfolds to is taken: a bomb stays folded. */
async function* inflate(below: Channel, early: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  const stream = createInflateRaw(THEIRS);
  let ended = false;
  const feed = async () => {
    if (early.length > 0) await taken(stream, early);
    for (let said = await below.next(); !said.done; said = await below.next()) await taken(stream, said.value);
    ended = true;
    stream.end();
  };
  void feed().catch((error: Error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    if (cause instanceof CsError) throw cause;
    // Nobody says goodbye in zlib's own way before hanging up.
    if (!ended) throw new CsError('CS_PEER_PROTOCOL', 'what came is not deflated', { cause });
  }
  return undefined;
}

function taken(stream: InflateRaw, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
