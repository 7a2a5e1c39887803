/** Large contents as files: whole and synced under their name before any row names them. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteRange } from '../../contracts/mail.ts';
import { isAlive, PROCESS_TAG } from '../shared/process-tag.ts';

const PART = '.part';
const READ_SIZE = 64 * 1024;

export class Blobs {
  readonly dir: string;
  readonly #synced: boolean;
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param synced false where an acknowledgement need not survive power loss */
  constructor(dir: string, synced: boolean) {
    this.dir = dir;
    this.#synced = synced;
  }

  async create(): Promise<BlobFile> {
    const name = `${PROCESS_TAG}.${randomBytes(9).toString('hex')}`;
    const file = await open(join(this.dir, name + PART), 'wx', 0o600);
    return new BlobFile(this, name, file, this.#synced);
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.dir, name), { force: true });
  }

  /** Makes names in the directory last. Whoever asks while a sync runs shares the one after it. */
  syncNames(): Promise<void> {
    if (!this.#synced) return Promise.resolve();
    if (!this.#syncing) {
      this.#syncing = this.#syncDir().finally(() => {
        this.#syncing = undefined;
      });
      return this.#syncing;
    }
    this.#next ??= this.#syncing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.syncNames();
      });
    return this.#next;
  }

  async *read(name: string, { start, end }: ByteRange = { start: 0 }): AsyncGenerator<Uint8Array> {
    await using file = await open(join(this.dir, name), 'r');
    let at = start;
    const stop = end ?? Number.MAX_SAFE_INTEGER;
    while (at < stop) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(READ_SIZE),
        0,
        Math.min(READ_SIZE, stop - at),
        at,
      );
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  /** Removes what dead processes left: unfinished files, and finished ones that no row came to name. */
  async sweep(named: (names: readonly string[]) => Promise<readonly string[]>): Promise<number> {
    const left: string[] = [];
    for (const name of await readdir(this.dir)) {
      const { mtimeMs } = await stat(join(this.dir, name)).catch(() => ({ mtimeMs: Date.now() }));
      if (!isAlive(name.split('.').slice(0, 3).join('.'), mtimeMs)) left.push(name);
    }
    if (left.length === 0) return 0;
    const keep = new Set(await named(left.filter((name) => !name.endsWith(PART))));
    const orphans = left.filter((name) => !keep.has(name));
    await this.remove(orphans);
    return orphans.length;
  }

  async #syncDir(): Promise<void> {
    await using dir = await open(this.dir, 'r');
    await dir.sync();
  }
}

/** A file that is being written; `finish` or `discard` ends it. */
export class BlobFile {
  readonly name: string;
  readonly #blobs: Blobs;
  readonly #file: FileHandle;
  readonly #synced: boolean;
  #open = true;

  constructor(blobs: Blobs, name: string, file: FileHandle, synced: boolean) {
    this.#blobs = blobs;
    this.name = name;
    this.#file = file;
    this.#synced = synced;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    let left = chunks.filter((chunk) => chunk.length > 0);
    while (left.length > 0) {
      const { bytesWritten } = await this.#file.writev(left);
      left = without(left, bytesWritten);
    }
  }

  /** Resolves when content and name would survive power loss. */
  async finish(): Promise<void> {
    if (this.#synced) await this.#file.datasync();
    await this.#close();
    await rename(join(this.#blobs.dir, this.name + PART), join(this.#blobs.dir, this.name));
    await this.#blobs.syncNames();
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => {});
    await this.#blobs.remove([this.name + PART, this.name]).catch(() => {});
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }
}

/** What a short write left. */
function without(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let gone = written;
  const left: Uint8Array[] = [];
  for (const chunk of chunks) {
    const skip = Math.min(gone, chunk.length);
    gone -= skip;
    if (skip < chunk.length) left.push(chunk.subarray(skip));
  }
  return left;
}
