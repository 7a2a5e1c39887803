/** How much somebody has stored: counted once, then kept up to date by what goes through `quota`. */
import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, ROOT } from '../../../kit/file-path.ts';

export interface QuotaLimits {
  /** Octets of files, of cut uploads and of those on their way in. */
  readonly bytes: number;
  /** Files and directories. */
  readonly files: number;
}

export class Usage {
  readonly limits: QuotaLimits;
  #bytes = 0;
  #files = 0;
  #counted: Promise<void> | undefined;

  constructor(limits: QuotaLimits) {
    this.limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get files(): number {
    return this.#files;
  }

  /** Resolves when what is there has been counted. */
  ready(tree: FileTree): Promise<void> {
    this.#counted ??= this.#count(tree, ROOT).catch((error: unknown) => {
      this.#counted = undefined;
      throw error;
    });
    return this.#counted;
  }

  /** At once, before anything is written: takes it, or throws `CS_QUOTA`. What is given back never throws. */
  take(bytes: number, files: number): void {
    const tooMany = bytes > 0 && this.#bytes + bytes > this.limits.bytes;
    if (tooMany || (files > 0 && this.#files + files > this.limits.files)) {
      throw new CsError('CS_QUOTA', tooMany ? 'no octets left of what may be stored' : 'no more files may be stored');
    }
    this.give(-bytes, -files);
  }

  give(bytes: number, files: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    this.#files = Math.max(0, this.#files - files);
  }

  async #count(tree: FileTree, path: FilePath): Promise<void> {
    for await (const { name, kind, size } of tree.list(path)) {
      this.#files += 1;
      this.#bytes += size;
      if (kind === 'directory') await this.#count(tree, [...path, name]);
    }
    for (const { length } of (await tree.stagedIn?.(path)) ?? []) this.#bytes += length;
  }
}
