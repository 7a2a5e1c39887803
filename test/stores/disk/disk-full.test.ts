/** file.md 41: a disk of sixteen megabytes. Needs the right to mount one. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, load, names, octets, refuses, required, store } from '../../conformance/file-tree-harness.ts';
import { freshDir, openDisk } from './place.ts';

const MIB = 1024 * 1024;

function mounted(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('file.md 41: a full disk refuses, keeps the old files, leaves nothing half, and takes files again when there is room', {
  timeout: 60_000,
}, async (t) => {
  const dir = await freshDir();
  if (!mounted(dir)) {
    t.diagnostic('NOT CHECKED: no right to mount a small disk here');
    await rmdir(dir);
    return;
  }
  const opened = await openDisk(dir);
  const { tree } = opened;
  try {
    const old = octets(4 * MIB, 1);
    await store(tree, '/old', old);
    await refuses({}, 'CS_DISK_FULL', () => required(tree, 'write')(at('/new'), { mode: 'new', size: 9 * MIB }));
    // Nothing was announced, so it fails on the way.
    await refuses({}, 'CS_DISK_FULL', () => store(tree, '/old', octets(14 * MIB, 2)));
    await refuses({}, 'CS_DISK_FULL', () => store(tree, '/new', octets(14 * MIB, 2), { mode: 'new' }));
    await refuses({}, 'CS_DISK_FULL', () => store(tree, '/old', octets(9 * MIB, 2), { mode: 'update' }));
    assert.ok((await load(tree, '/old')).equals(old));
    assert.deepEqual(await names(tree), ['old']);
    assert.deepEqual(await readdir(join(dir, '.cs-staging')), []);
    const stage = await required(tree, 'write')(at('/cut'), { mode: 'new', stage: 's' });
    await assert.rejects(
      (async () => {
        for (let n = 0; n < 14; n++) await stage.write(octets(MIB, n + 1));
        await stage.commit();
      })(),
      { code: 'CS_DISK_FULL' },
    );
    await stage.abort({ keep: true });
    assert.equal(await required(tree, 'staged')(at('/cut'), 's'), undefined, 'what is not whole is not kept');
    // Somebody else takes the last octet: even the smallest file fails, and what is there can be read and removed.
    await assert.rejects(writeFile(join(dir, 'ballast'), Buffer.alloc(16 * MIB)), { code: 'ENOSPC' });
    await refuses({}, 'CS_DISK_FULL', () => store(tree, '/small', octets(100_000)));
    assert.ok((await load(tree, '/old')).equals(old));
    await required(tree, 'remove')(at('/old'), 'file');
    await rm(join(dir, 'ballast'));
    await store(tree, '/again', octets(9 * MIB));
    assert.deepEqual(await names(tree), ['again']);
  } finally {
    await opened[Symbol.asyncDispose]();
    assert.ok(!(await readdir(dir)).includes('.cs-staging'));
    execFileSync('umount', [dir]);
    await rmdir(dir);
  }
});
