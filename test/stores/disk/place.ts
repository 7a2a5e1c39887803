/** A directory of one test's own, and the tree on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileTree } from '../../../src/contracts/files.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/disk/open.ts';
import { options } from '../../../src/stores/disk/options.ts';

export async function freshDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cs-disk-'));
}

export interface DiskPlace extends AsyncDisposable {
  readonly dir: string;
  readonly tree: FileTree;
}

export type DiskOptions = Partial<ReturnType<typeof defaults<typeof options>>>;

export async function openDisk(dir: string, values: DiskOptions = {}, byDescriptor?: boolean) {
  return open({ root: dir, options: { ...defaults(options), ...values }, log: () => {} }, byDescriptor);
}

/** Removed when it is disposed of. */
export async function diskPlace(values: DiskOptions = {}, byDescriptor?: boolean): Promise<DiskPlace> {
  const dir = await freshDir();
  const opened = await openDisk(dir, values, byDescriptor);
  return {
    dir,
    tree: opened.tree,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}
