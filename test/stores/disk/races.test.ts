/** Names that change under an operation. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FileTree } from '../../../src/contracts/files.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { at, CLOSED, load, names, octets, required, store } from '../../conformance/file-tree-harness.ts';
import { SECRET } from './outside.ts';
import { diskPlace, freshDir, openDisk } from './place.ts';

const SWAPS = 10_000;
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const swapper = fileURLToPath(new URL(`./swapper.${ending}`, import.meta.url));
const linux = { skip: process.platform === 'linux' ? false : 'directories cannot be held by descriptor here' };

/** One round of what clients do in the directory; gives what could be read. */
const ROUND: readonly ((tree: FileTree, n: number) => Promise<unknown>)[] = [
  (tree) => load(tree, '/d/secret'),
  (tree) => names(tree, '/d'),
  (tree) => tree.stat(at('/d/secret')),
  (tree, n) => store(tree, `/d/new-${n % 7}`, `n${n}`),
  (tree, n) => store(tree, '/d/secret', `inside ${n}`, { mode: 'replace' }),
  (tree, n) => required(tree, 'makeDir')(at(`/d/dir-${n % 7}`)),
  (tree, n) => required(tree, 'remove')(at(`/d/dir-${n % 7}`), 'directory'),
  (tree, n) => required(tree, 'rename')(at(`/d/new-${n % 7}`), at('/moved'), { replace: true }),
  (tree, n) => required(tree, 'rename')(at('/moved'), at(`/d/new-${n % 7}`), { replace: true }),
  (tree, n) => required(tree, 'remove')(at(`/d/new-${n % 7}`), 'file'),
  (tree) => required(tree, 'setAttributes')(at('/d/secret'), { modified: 1000, mode: 0o640 }),
  (tree) => required(tree, 'copy')(at('/d/secret'), at('/copied'), { replace: true }),
  (tree) => load(tree, '/copied'),
  (tree) => required(tree, 'hash')(at('/d/secret'), 'md5'),
];

for (const [kind, swapped] of [
  ['a directory', 'd'],
  ['a directory further up', 'up/d'],
] as const) {
  test(`PA-05 ${kind} swapped for a link ${SWAPS} times while clients work in it: nothing outside is read or changed`, {
    ...linux,
    timeout: 120_000,
  }, async () => {
    const base = await freshDir();
    const root = swapped === 'd' ? join(base, 'root') : join(base, 'root', 'up');
    const outside = join(base, 'outside');
    mkdirSync(join(root, 'd'), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), SECRET);
    symlinkSync(outside, join(root, 'link'));
    const opened = await openDisk(join(base, 'root'), { durability: 'process' });
    const prefix = swapped === 'd' ? opened.tree : below(opened.tree);
    const stop = new SharedArrayBuffer(8);
    const told = new Int32Array(stop);
    const worker = new Worker(swapper, {
      workerData: { directory: join(root, 'd'), link: join(root, 'link'), aside: join(root, 'aside'), stop },
      // What newer test runners add is not for threads.
      execArgv: import.meta.url.endsWith('.ts') ? process.execArgv : [],
    });
    const ended = once(worker, 'message');
    let done = 0;
    let refused = 0;
    try {
      for (let n = 0; Atomics.load(told, 1) < SWAPS || n < 3000; n++) {
        const act = ROUND[n % ROUND.length];
        try {
          const got = await act?.(prefix, n);
          done += 1;
          assert.ok(!String(got).includes(SECRET), `round ${n} read what is outside`);
          assert.ok(!(Array.isArray(got) && got.includes('only-outside')));
        } catch (error) {
          assert.ok(error instanceof CsError, String(error));
          assert.ok(CLOSED.includes(error.code), `${error.code} ${error.message}`);
          refused += 1;
        }
      }
    } finally {
      Atomics.store(told, 0, 1);
      await ended;
    }
    assert.deepEqual(readdirSync(outside), ['secret']);
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), SECRET);
    assert.ok(done > 100 && refused > 0, `${done} done, ${refused} refused: the two never met`);
    await opened[Symbol.asyncDispose]();
    rmSync(base, { recursive: true });
  });
}

/** The same rounds one level further down. */
function below(tree: FileTree): FileTree {
  const inner = (path: readonly unknown[]) => ['up', ...path];
  return new Proxy(tree, {
    get: (_target, name) => {
      const method = tree[name as keyof FileTree] as ((...args: unknown[]) => unknown) | undefined;
      return (...args: unknown[]) =>
        method?.apply(
          tree,
          args.map((arg) => (Array.isArray(arg) ? inner(arg) : arg)),
        );
    },
  });
}

test('PA-13 a directory renamed while an upload into it runs: it lands there, by handle', async () => {
  await using place = await diskPlace({ durability: 'process' });
  const { tree } = place;
  await required(tree, 'makeDir')(at('/a'));
  const draft = await required(tree, 'write')(at('/a/file'), { mode: 'new' });
  await draft.write(octets(1_500_000));
  await required(tree, 'rename')(at('/a'), at('/b'), { replace: false });
  await required(tree, 'makeDir')(at('/a'));
  await draft.write(Buffer.from('end'));
  await draft.commit();
  assert.deepEqual(await names(tree, '/a'), []);
  assert.equal((await tree.stat(at('/b/file'))).size, 1_500_003);
});

test('PA-13 a directory removed while an upload into it runs: the upload fails, nothing is left', async () => {
  await using place = await diskPlace({ durability: 'process' });
  const { tree } = place;
  await required(tree, 'makeDir')(at('/a'));
  const draft = await required(tree, 'write')(at('/a/file'), { mode: 'new' });
  await draft.write(Buffer.from('x'));
  await required(tree, 'remove')(at('/a'), 'directory');
  await assert.rejects(draft.commit(), { code: 'CS_NOT_FOUND' });
  assert.deepEqual(readdirSync(join(place.dir, '.cs-staging')), []);
});

test('a root that is put in the place of another is served at once, and one that is gone comes back', async () => {
  const base = await freshDir();
  const root = join(base, 'dist');
  for (const [name, content] of [
    ['dist', 'old'],
    ['next', 'new'],
  ]) {
    mkdirSync(join(base, name as string));
    writeFileSync(join(base, name as string, 'index'), content as string);
  }
  const { tree, [Symbol.asyncDispose]: close } = await openDisk(root, { durability: 'process' });
  const index = async () => (await load(tree, '/index')).toString();
  assert.equal(await index(), 'old');
  await store(tree, '/x', 'x');
  await rename(root, join(base, 'before'));
  await assert.rejects(index(), { code: 'CS_NOT_FOUND' });
  assert.equal(required(tree, 'peek')(at('/index')), undefined);
  await rename(join(base, 'next'), root);
  assert.equal(await index(), 'new');
  await store(tree, '/y', 'y');
  assert.deepEqual(await names(tree), ['index', 'y']);
  await close.call(undefined);
  rmSync(base, { recursive: true });
});
