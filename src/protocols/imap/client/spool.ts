/** Octets whose number has to be known before the first of them is sent: in memory while they are few, else in a file. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = 1024 * 1024;
const PIECE = 256 * 1024;

export class Spool {
  #size = 0;
  #kept: Uint8Array[] = [];
  #file: FileHandle | undefined;
  #nul = false;

  get size(): number {
    return this.#size;
  }

  /** It is no text: only a binary literal may hold it (RFC 3516). */
  get hasNul(): boolean {
    return this.#nul;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#nul ||= chunk.includes(0);
    this.#size += chunk.length;
    if (!this.#file && this.#size <= IN_MEMORY) {
      this.#kept.push(chunk);
      return;
    }
    this.#file ??= await this.#open();
    await this.#file.appendFile(chunk);
  }

  async *octets(): AsyncGenerator<Uint8Array> {
    if (!this.#file) {
      yield* this.#kept;
      return;
    }
    for (let at = 0; at < this.#size; ) {
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(PIECE), 0, PIECE, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    this.#kept = [];
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Without a name as soon as it is open: it goes with the process. */
  async #open(): Promise<FileHandle> {
    const path = join(tmpdir(), `cs-${process.pid}-${randomBytes(9).toString('hex')}`);
    const file = await open(path, 'wx+', 0o600);
    await rm(path, { force: true });
    for (const chunk of this.#kept) await file.appendFile(chunk);
    this.#kept = [];
    return file;
  }
}
