import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/embedded/open.ts';
import { options } from '../../../src/stores/embedded/options.ts';
import type { Subject } from '../../conformance/harness.ts';

export function openAt(dir: string): Promise<OpenStore> {
  return open({ dir, options: defaults(options), log: () => {} });
}

export async function freshDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'cs-store-'));
}

export async function embedded(): Promise<Subject & { readonly dir: string }> {
  const dir = await freshDir();
  let store = await openAt(dir);
  return {
    dir,
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = await openAt(dir);
      return store;
    },
    close: async () => {
      await store[Symbol.asyncDispose]();
      await rm(dir, { recursive: true });
    },
  };
}
