/** The octets of a stored message in a thread that has nothing else to do while it reads. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageIndex } from '../../contracts/mail.ts';
import { MessageIndexer } from '../../kit/mime/indexer.ts';
import type { Statements } from './statements.ts';

export interface ContentRow {
  readonly size: number;
  readonly blob: string | null;
  readonly content: Uint8Array | null;
}

const CHUNK = 256 * 1024;
const NOTHING = new Uint8Array();

/** A file that was removed meanwhile has no octets. */
export class Content implements Disposable {
  readonly size: number;
  readonly #octets: Uint8Array;
  readonly #fd: number | undefined;

  constructor(row: ContentRow, blobs: string) {
    this.size = row.size;
    this.#octets = row.content ?? NOTHING;
    this.#fd = row.blob === null ? undefined : opened(join(blobs, row.blob));
  }

  read(start: number, end: number): Uint8Array {
    if (this.#fd === undefined) return this.#octets.subarray(start, end);
    const stop = Math.min(end, this.size);
    if (stop <= start) return NOTHING;
    const octets = Buffer.allocUnsafe(stop - start);
    return octets.subarray(0, readSync(this.#fd, octets, 0, octets.length, start));
  }

  index(): MessageIndex {
    const indexer = new MessageIndexer();
    for (let at = 0; at < this.size; at += CHUNK) indexer.write(this.read(at, at + CHUNK));
    return indexer.end();
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/** Empty where there is no such message any more. */
export function contentOf(sql: Statements, message: number, blobs: string): Content {
  const row = sql.row<ContentRow & object>('SELECT size, blob, content FROM messages WHERE id = ?', message);
  return new Content(row ?? { size: 0, blob: null, content: null }, blobs);
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
