/** Syncs of one directory by many at once (src/stores/disk/sync.ts). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Directory } from '../../../src/stores/disk/directory.ts';
import { syncDirectory } from '../../../src/stores/disk/sync.ts';

/** A directory that says how often it was opened to be synced. */
function counted(path: string): { readonly directory: Directory; readonly begun: () => number } {
  let count = 0;
  const directory: Directory = {
    get at() {
      count += 1;
      return path;
    },
    verify: () => {},
    identity: () => statSync(path, { bigint: true }),
    removed: () => false,
    [Symbol.dispose]: () => {},
  };
  return { directory, begun: () => count };
}

test('who asks while a directory is synced is served by one sync more, and it begins after they asked', async () => {
  const path = mkdtempSync(join(tmpdir(), 'cs-sync-'));
  try {
    const { directory, begun } = counted(path);
    const first = syncDirectory(directory, true);
    assert.equal(begun(), 1);
    const others = Array.from({ length: 20 }, () => syncDirectory(directory, true));
    assert.equal(begun(), 1);
    await Promise.all([first, ...others]);
    assert.equal(begun(), 2);
    await syncDirectory(directory, true);
    assert.equal(begun(), 3);
  } finally {
    rmSync(path, { recursive: true });
  }
});

test('a sync that fails fails for all who counted on it, and the next one is a new one', async () => {
  const path = mkdtempSync(join(tmpdir(), 'cs-sync-'));
  const { directory } = counted(path);
  const { dev, ino } = statSync(path, { bigint: true });
  const gone: Directory = { ...directory, at: join(path, 'gone'), identity: () => ({ dev, ino }) };
  const first = syncDirectory(directory, true);
  const lost = await Promise.allSettled([syncDirectory(gone, true), syncDirectory(gone, true)]);
  assert.deepEqual(
    lost.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await first;
  await syncDirectory(directory, true);
  rmSync(path, { recursive: true });
  assert.equal(await syncDirectory(gone, false), undefined);
});
