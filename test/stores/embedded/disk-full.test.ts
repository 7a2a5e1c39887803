/** SM-34's other half: a disk of sixteen megabytes. Needs the right to mount one. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { deliver, envelope, fails, message, whole } from '../../conformance/harness.ts';
import { freshDir, openAt } from './subject.ts';

function mounted(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', dir], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Delivers until the disk is full; gives what was acknowledged. */
async function fill(store: OpenStore, bytes: Buffer): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    try {
      ids.push(await deliver(store.delivery, bytes, ['ann@x.test']));
    } catch (error) {
      assert.ok(error instanceof CsError);
      assert.equal(error.code, 'CS_DISK_FULL', error.message);
      return ids;
    }
  }
}

for (const [kind, bytes] of [
  ['small messages', message('small', 'x'.repeat(20_000))],
  ['large messages', message('large', 'x'.repeat(700_000))],
] as const) {
  test(`SM-34 a full disk refuses, keeps what it has, and takes mail again when there is room: ${kind}`, {
    timeout: 30_000,
  }, async (t) => {
    const dir = await freshDir();
    if (!mounted(dir)) {
      t.diagnostic('NOT CHECKED: no right to mount a small disk here');
      t.skip('no right to mount a small disk here');
      return;
    }
    const store = await openAt(dir);
    try {
      const ids = await fill(store, bytes);
      assert.ok(ids.length > 1);
      await fails('CS_DISK_FULL', async () => {
        await (await store.delivery.open(envelope(['ann@x.test'], undefined, { size: 12_000_000 }))).abort();
      });
      const star = await store.mail.of('*');
      const there = await star.list('INBOX');
      assert.deepEqual(
        there.map((entry) => entry.id),
        ids,
      );
      for (const { uid } of there) assert.deepEqual(await whole(star.read('INBOX', uid)), bytes);
      const files = await readdir(join(dir, 'blobs'));
      assert.equal(files.length, bytes.length > 256 * 1024 ? ids.length : 0, 'nothing half-made is left');
      // Somebody else takes the last octet: now every write fails.
      await assert.rejects(writeFile(join(dir, 'ballast'), Buffer.alloc(16 * 1024 * 1024)), { code: 'ENOSPC' });
      await fails('CS_DISK_FULL', () => deliver(store.delivery, bytes, ['ann@x.test']));
      assert.equal((await star.list('INBOX')).length, ids.length);
      assert.equal(await star.remove('INBOX', [there[0]!.uid]), 1, 'removing makes room, so it must have some');
      assert.equal(await store.mail.clear(), ids.length - 1);
      await rm(join(dir, 'ballast'));
      assert.ok((await fill(store, bytes)).length > 1, 'room again');
    } finally {
      await store[Symbol.asyncDispose]();
      execFileSync('umount', [dir]);
      await rmdir(dir);
    }
  });
}
