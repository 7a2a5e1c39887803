/** A disk that forgets on power loss what was not synced: contents by `fsync` of the file, names by `fsync` of the directory. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { SystemCall } from './syscall-log.ts';

type Change = { readonly at: number; readonly data: Buffer } | { readonly length: number };

class File {
  now: Buffer = Buffer.alloc(0);
  synced: Buffer = Buffer.alloc(0);
  unsynced: Change[] = [];

  change(change: Change): void {
    this.now = applied(this.now, change);
    this.unsynced.push(change);
  }

  sync(): void {
    this.synced = this.now;
    this.unsynced = [];
  }
}

export class SyncedDisk {
  readonly #root: string;
  readonly #files = new Map<string, File>();
  readonly #kept = new Map<string, ReadonlyMap<string, File>>();

  constructor(root: string) {
    this.#root = root;
  }

  see(call: SystemCall): void {
    if (call.path !== this.#root && !call.path.startsWith(`${this.#root}/`)) return;
    const file = this.#files.get(call.path);
    if (call.name === 'openat' && call.flags.includes('O_CREAT') && !file) this.#files.set(call.path, new File());
    else if (call.name === 'pwrite64') file?.change({ at: call.last, data: call.data });
    else if (call.name.includes('write')) file?.change({ at: file.now.length, data: call.data });
    else if (call.name === 'ftruncate') file?.change({ length: call.last });
    else if (call.name === 'unlink') this.#files.delete(call.path);
    else if (call.name === 'link' && file) this.#files.set(call.to, file);
    else if (call.name.startsWith('rename') && file) {
      this.#files.delete(call.path);
      this.#files.set(call.to, file);
    } else if (call.name.includes('sync')) {
      if (file) file.sync();
      else this.#keepNames(call.path);
    }
  }

  /** What is found after the power came back. @param survives whether an unsynced change made it by luck */
  async restore(to: string, survives: () => boolean): Promise<void> {
    for (const files of this.#kept.values()) {
      for (const [path, file] of files) {
        let content = file.synced;
        for (const change of file.unsynced) if (survives()) content = applied(content, change);
        const target = join(to, relative(this.#root, path));
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await writeFile(target, content, { mode: 0o600 });
      }
    }
  }

  #keepNames(dir: string): void {
    const names = [...this.#files].filter(([path]) => dirname(path) === dir && !basename(path).endsWith('-shm'));
    this.#kept.set(dir, new Map(names));
  }
}

function applied(content: Buffer, change: Change): Buffer {
  if ('length' in change) {
    const cut = Buffer.alloc(change.length);
    content.copy(cut);
    return cut;
  }
  const grown = Buffer.alloc(Math.max(content.length, change.at + change.data.length));
  content.copy(grown);
  change.data.copy(grown, change.at);
  return grown;
}
