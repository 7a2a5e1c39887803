import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Durability, OpenStore } from '../../../src/contracts/store.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/embedded/open.ts';
import { options } from '../../../src/stores/embedded/options.ts';
import type { Subject } from '../../conformance/harness.ts';
import type { Kept } from '../../conformance/keeping.ts';

/** @param durability `none` is offered to nobody: it is what a test compares with */
export function openAt(dir: string, durability: Durability = 'disk', kept: Kept = {}): Promise<OpenStore> {
  const chosen = durability as Exclude<Durability, 'none'>;
  return open({ dir, options: { ...defaults(options), ...kept, durability: chosen }, log: () => {} });
}

export async function freshDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cs-store-'));
}

export async function embedded(kept: Kept = {}): Promise<Subject & { readonly dir: string }> {
  const dir = await freshDir();
  let store = await openAt(dir, 'disk', kept).catch(async (error) => {
    await rm(dir, { recursive: true });
    throw error;
  });
  return {
    dir,
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = await openAt(dir, 'disk', kept);
      return store;
    },
    close: async () => {
      await store[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}
