import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileTree } from '../../../../src/contracts/files.ts';
import { Turns } from '../../../../src/stores/shared/turns.ts';
import { quota } from '../../../../src/stores/wrap/files/quota.ts';
import { Usage } from '../../../../src/stores/wrap/files/usage.ts';
import { at, entries, octets, refuses, required, store } from '../../../conformance/file-tree-harness.ts';
import { diskPlace } from '../../disk/place.ts';
import { emptyTree } from './memory.ts';

async function limited(bytes: number, files = 1000, inner?: FileTree) {
  const usage = new Usage({ bytes, files });
  const below = inner ?? (await emptyTree());
  return { usage, below, tree: quota(below, { usage, turns: new Turns() }) };
}

/** Octets of files that are really there. */
async function published(tree: FileTree): Promise<number> {
  return (await entries(tree)).reduce((sum, { size }) => sum + size, 0);
}

test('file.md 44: fifty uploads at once never exceed the quota, and what is counted is exact afterwards', async () => {
  await using place = await diskPlace({ durability: 'process' });
  const { tree, usage, below } = await limited(200_000, 1000, place.tree);
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => store(tree, `/f${n}`, octets(10_000, n + 1))),
  );
  const stored = results.filter(({ status }) => status === 'fulfilled').length;
  for (const result of results) {
    if (result.status === 'rejected') await refuses({}, 'CS_QUOTA', () => Promise.reject(result.reason));
  }
  assert.ok(stored <= 20);
  assert.equal(await published(below), stored * 10_000);
  assert.equal(usage.bytes, stored * 10_000);
  assert.equal(usage.files, stored);
  const small = await Promise.allSettled(Array.from({ length: 60 }, (_, n) => store(tree, `/g${n}`, octets(5))));
  assert.ok(small.every(({ status }) => status === 'fulfilled'));
  for (let n = stored; n < 19; n++) await store(tree, `/h${n}`, octets(10_000));
  await store(tree, '/last', octets(9700));
  assert.equal(usage.bytes, 200_000);
  assert.equal(await published(below), 200_000);
  await refuses({}, 'CS_QUOTA', () => store(tree, '/more', 'x'));
});

test('file.md 44: overwriting counts the difference, also when many do it at once', async () => {
  const { tree, usage, below } = await limited(100_000);
  await store(tree, '/file', octets(90_000));
  await store(tree, '/file', octets(100_000));
  assert.equal(usage.bytes, 100_000);
  await refuses({}, 'CS_QUOTA', () => store(tree, '/file', octets(100_001)));
  assert.equal(usage.bytes, 100_000);
  await store(tree, '/file', octets(1000));
  assert.equal(usage.bytes, 1000);
  await Promise.allSettled(Array.from({ length: 20 }, (_, n) => store(tree, '/file', octets(3000 + n, n + 1))));
  assert.equal(usage.bytes, await published(below));
  assert.equal(usage.files, 1);
});

test('moving, removing, copying and cutting are counted', async () => {
  const { tree, usage } = await limited(10_000, 4);
  await store(tree, '/a', octets(4000));
  await store(tree, '/b', octets(1000));
  await required(tree, 'rename')(at('/a'), at('/b'), { replace: true });
  assert.deepEqual([usage.bytes, usage.files], [4000, 1]);
  await required(tree, 'copy')(at('/b'), at('/c'), { replace: false });
  assert.deepEqual([usage.bytes, usage.files], [8000, 2]);
  await refuses({}, 'CS_QUOTA', () => required(tree, 'copy')(at('/b'), at('/d'), { replace: false }));
  await required(tree, 'remove')(at('/c'), 'file');
  assert.deepEqual([usage.bytes, usage.files], [4000, 1]);
  const draft = await required(tree, 'write')(at('/e'), { mode: 'new', stage: 's' });
  await draft.write(octets(5000));
  assert.equal(usage.bytes, 9000);
  await draft.abort({ keep: true });
  assert.equal(usage.bytes, 9000, 'what is kept counts');
  await refuses({}, 'CS_QUOTA', () => store(tree, '/f', octets(1001)));
  await store(tree, '/e', octets(1000), { mode: 'new', stage: 's', offset: 5000 });
  assert.deepEqual([usage.bytes, usage.files], [10_000, 2]);
  await required(tree, 'remove')(at('/e'), 'file');
  for (const path of ['/x', '/y', '/z']) await required(tree, 'makeDir')(at(path));
  await refuses({}, 'CS_QUOTA', () => required(tree, 'makeDir')(at('/w')));
  await refuses({}, 'CS_QUOTA', () => store(tree, '/w', ''));
  await refuses({}, 'CS_EXISTS', () => required(tree, 'makeDir')(at('/x')));
  assert.deepEqual([usage.bytes, usage.files], [4000, 4]);
});

test('what was there before counts, and an announced size is refused before anything is written', async () => {
  const below = await emptyTree();
  await required(below, 'makeDir')(at('/d'));
  await store(below, '/d/old', octets(700));
  const { tree, usage } = await limited(1000, 10, below);
  await refuses({}, 'CS_QUOTA', () => required(tree, 'write')(at('/new'), { mode: 'new', size: 301 }));
  await store(tree, '/new', octets(300), { mode: 'new', size: 300 });
  assert.deepEqual([usage.bytes, usage.files], [1000, 3]);
  assert.equal((await required(tree, 'space')()).free, 0);
});

test('what was cut in a directory is given back with it, and counts on under another name', async () => {
  const { tree, usage, below } = await limited(10_000);
  const cut = async (path: string) => {
    const draft = await required(tree, 'write')(at(path), { mode: 'replace', stage: 's' });
    await draft.write(octets(3000));
    await draft.abort({ keep: true });
  };
  await required(tree, 'makeDir')(at('/a'));
  await cut('/a/b');
  await required(tree, 'rename')(at('/a'), at('/c'), { replace: false });
  assert.deepEqual([usage.bytes, usage.files], [3000, 1]);
  await required(tree, 'remove')(at('/c'), 'directory');
  assert.deepEqual([usage.bytes, usage.files], [0, 0]);
  await required(tree, 'makeDir')(at('/a'));
  const draft = await required(tree, 'write')(at('/a/b'), { mode: 'replace', stage: 's' });
  await draft.write(octets(3000));
  await required(below, 'rename')(at('/a'), at('/d'), { replace: false });
  await draft.abort({ keep: true });
  assert.equal(usage.bytes, 0);
});

test('an upload that exceeds the quota in the middle leaves nothing, and gives back what it took', async () => {
  const { tree, usage, below } = await limited(10_000);
  const draft = await required(tree, 'write')(at('/file'), { mode: 'new' });
  await draft.write(octets(9000));
  await refuses({}, 'CS_QUOTA', async () => draft.write(octets(1001)));
  await draft.abort();
  assert.deepEqual([usage.bytes, usage.files], [0, 0]);
  assert.deepEqual(await entries(below), []);
});
