/** Content on its way to a client: the hot path of RETR. */
import type { Duplex } from 'node:stream';
import type { Connection } from '../../contracts/connection.ts';
import type { OpenFile } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { streamOf } from './data-stream.ts';
import type { Transfer } from './transfer.ts';

/** Octets read at once; two such buffers take turns, so that the disk and the socket work at the same time. */
const PIECE = 512 * 1024;

export type Convert = (chunk: Uint8Array) => Uint8Array;

/** A file from `start` to `end` (exclusive). Resolves when the system has taken the last octet. */
export async function sendFile(
  data: Connection,
  file: OpenFile,
  start: number,
  end: number,
  transfer: Transfer,
): Promise<void> {
  if (!file.readAt) return sendChunks(data, file.read({ start, end }), transfer);
  using out = new Outflow(data, transfer);
  const length = end - start;
  const buffers = [Buffer.allocUnsafe(Math.min(PIECE, length)), Buffer.allocUnsafe(length > PIECE ? PIECE : 0)];
  let sent: Promise<void> | undefined;
  for (let at = start, turn = 0; at < end; turn ^= 1) {
    const buffer = buffers[turn]!.subarray(0, end - at);
    const count = await file.readAt(buffer, at);
    if (count === 0) throw new CsError('CS_CHANGED', 'the file became shorter');
    at += count;
    await sent;
    const piece = buffer.subarray(0, count);
    if (at >= end) return out.last(piece);
    sent = out.push(piece);
  }
  await out.last();
}

/** Chunks as they come. */
export async function sendChunks(
  data: Connection,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  transfer: Transfer,
): Promise<void> {
  using out = new Outflow(data, transfer);
  let sent: Promise<void> | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    await sent;
    sent = out.push(chunk);
  }
  await sent;
  await out.last();
}

/** The stream under a data connection, written to without a copy. */
class Outflow implements Disposable {
  readonly #stream: Duplex;
  readonly #release: () => void;
  readonly #lost: Promise<never>;

  constructor(data: Connection, transfer: Transfer) {
    const { stream, lost, release } = streamOf(data, transfer);
    this.#stream = stream;
    this.#lost = lost;
    this.#release = release;
    // Nothing is expected from there but its end.
    stream.resume();
  }

  /** Resolves when the buffer may be filled again. */
  push(piece: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve) => {
      this.#stream.write(piece, (error) => {
        if (!error) resolve();
      });
    });
    const result = Promise.race([taken, this.#lost]);
    result.catch(() => {});
    return result;
  }

  /** The end. What the system takes at once needs no wait: a small file's 150 and 226 then leave together. */
  last(piece?: Uint8Array): Promise<void> | undefined {
    const stream = this.#stream;
    if (piece) stream.write(piece);
    if (stream.writableLength === 0 && !stream.errored && !stream.destroyed) {
      stream.end();
      return undefined;
    }
    const taken = new Promise<void>((resolve) => stream.end(() => resolve()));
    return Promise.race([taken, this.#lost]);
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}
