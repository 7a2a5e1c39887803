import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { Space } from '../../../src/stores/embedded/space.ts';

test('who finds no room asks the store to give some back before saying so, and not for every message', async () => {
  let asked = 0;
  const space = new Space(tmpdir(), async () => {
    asked += 1;
  });
  const full = { name: 'CsError', code: 'CS_DISK_FULL' };
  await assert.rejects(async () => space.check(2 ** 60), full);
  await assert.rejects(async () => space.check(2 ** 60), full);
  assert.equal(asked, 1);
});

test('a store that cannot be asked is full, and that is what is said', async () => {
  const space = new Space(tmpdir(), () => Promise.reject(new Error('the writer is gone')));
  await assert.rejects(async () => space.check(2 ** 60), { code: 'CS_DISK_FULL' });
});
