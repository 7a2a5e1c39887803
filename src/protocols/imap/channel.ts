/** Octets in and out: the connection itself, or the connection behind DEFLATE (RFC 4978). */
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
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
  const inflate = createInflateRaw(THEIRS);
  let failure: CsError | undefined;
  let ended = false;
  inflate.on('error', (cause) => {
    failure = new CsError('CS_PEER_PROTOCOL', 'what came is not deflated', { cause });
    wake();
  });
  let written: Uint8Array[] = [];
  deflate.on('error', () => {}).on('data', (piece: Uint8Array) => written.push(piece));
  let wake: () => void = () => {};
  inflate.on('readable', () => wake());
  inflate.on('end', () => {
    ended = true;
    wake();
  });
  let fed = early;
  let feeding = false;
  /** Reads from below only when everything read before was inflated: what a bomb unfolds to waits in `inflate`, unread. */
  const feed = async () => {
    const chunk = fed.length > 0 ? fed : (await below.next()).value;
    fed = new Uint8Array(0);
    if (chunk === undefined) inflate.end();
    else await new Promise<void>((taken) => inflate.write(chunk, () => taken()));
    feeding = false;
    wake();
  };
  return {
    next: async () => {
      for (;;) {
        if (failure) throw failure;
        const chunk = inflate.read() as Uint8Array | null;
        if (chunk !== null) return { done: false, value: chunk };
        if (ended) return { done: true, value: undefined };
        if (!feeding) {
          feeding = true;
          void feed().catch((error: CsError) => {
            failure = error;
            wake();
          });
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (inflate.readableLength > 0 || failure || ended) resolve();
        });
      }
    },
    write: async (pieces) => {
      for (const piece of pieces) deflate.write(piece);
      await new Promise<void>((flushed) => deflate.flush(constants.Z_SYNC_FLUSH, () => flushed()));
      const ready = written;
      written = [];
      await below.write(ready);
    },
    close: () => {
      inflate.destroy();
      deflate.destroy();
    },
  };
}
