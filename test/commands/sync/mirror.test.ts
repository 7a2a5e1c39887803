import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFilter } from '../../../src/commands/sync/filter.ts';
import { sameTime } from '../../../src/commands/transfers/times.ts';
import { everything, store, text } from '../../conformance/file-tree-harness.ts';
import { hooked } from './faulty-tree.ts';
import { memory, mirror } from './stage.ts';

const MINUTE = 60_000;
const T = Date.UTC(2026, 0, 2, 3, 4, 5);

async function pair(files: Record<string, string>, old: Record<string, string> = {}) {
  const [from, to] = [memory(), memory()];
  for (const [tree, content, age] of [
    [from, files, 0],
    [to, old, MINUTE],
  ] as const) {
    for (const [path, octets] of Object.entries(content)) {
      const names = path.split('/');
      for (let depth = 1; depth < names.length; depth++)
        await tree.makeDir(names.slice(0, depth) as never).catch(() => {});
      if (names.at(-1) !== '') await store(tree, path, octets, { mode: 'replace' }, { modified: T - age });
    }
  }
  return { from, to };
}

describe('cs sync', () => {
  test('what the source holds is in the target, with its times; a second run changes nothing', async () => {
    const { from, to } = await pair({ a: '1', 'd/b': '2', 'd/e/c': '3', 'empty/': '' }, { a: 'old', kept: 'x' });
    const first = await mirror(from, to);
    assert.deepEqual([first.summary.copied, first.summary.made], [3, 3]);
    assert.deepEqual(await everything(to), ['/a', '/d/', '/d/b', '/d/e/', '/d/e/c', '/empty/', '/kept']);
    assert.equal(await text(to, 'a'), '1');
    const again = await mirror(from, to);
    assert.deepEqual([again.summary.copied, again.summary.made, again.summary.skipped], [0, 0, 3]);
    assert.equal(again.items.length, 0);
  });

  test('size, then time; --verify=hash looks at the content and mends only the time', async () => {
    const { from, to } = await pair({ size: '12', time: 'b', same: 'c' }, { size: '1', time: 'a', same: 'c' });
    const plan = await mirror(from, to, { options: { dryRun: true } });
    assert.deepEqual(
      plan.items.map(({ action, path, why }) => [action, path, why]),
      [
        ['copy', 'same', 'changed'],
        ['copy', 'size', 'size'],
        ['copy', 'time', 'changed'],
      ],
    );
    assert.equal(await text(to, 'time'), 'a');
    const done = await mirror(from, to, { options: { verify: 'hash' } });
    assert.deepEqual([done.summary.copied, done.summary.touched, done.summary.proof], [2, 1, 'sha256']);
    assert.equal((await mirror(from, to)).summary.skipped, 3);
  });

  test('--delete removes what the source does not have, at most as much as was allowed', async () => {
    const { from, to } = await pair({ a: '1' }, { a: '1', 'd/x': '2', 'd/e/y': '3', z: '4' });
    const refused = await mirror(from, to, { options: { delete: true, maxDelete: 4 } });
    assert.equal(refused.error?.code, 'CS_LIMIT');
    assert.equal((await everything(to)).length, 6);
    assert.equal((await mirror(from, to, { options: { delete: true, maxDelete: 5 } })).summary.removed, 5);
    assert.deepEqual(await everything(to), ['/a']);
  });

  test('after a failure to list the source nothing is removed', async () => {
    const { from, to } = await pair({ a: '1', 'd/b': '2' }, { 'd/b': '2', 'd/c': '3', z: '4' });
    let lists = 0;
    const flaky = hooked(from, (what) => {
      if (what === 'list' && ++lists === 2) throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
    });
    const ran = await mirror(flaky, to, { options: { delete: true } });
    assert.equal(ran.error?.code, 'CS_PARTIAL');
    assert.match(ran.said, /nothing is removed/);
    assert.deepEqual(await everything(to), ['/a', '/d/', '/d/b', '/d/c', '/z']);
  });

  test('a file where a directory is: told; --delete makes room', async () => {
    const { from, to } = await pair({ x: '1', 'y/a': '2' }, { 'x/old': '3', y: '4' });
    const told = await mirror(from, to);
    assert.deepEqual([told.error?.code, told.items.map(({ action }) => action)], ['CS_EXISTS', ['failed', 'failed']]);
    assert.match(told.said, /to:\/x is a directory there and a file here/);
    await mirror(from, to, { options: { delete: true } });
    assert.deepEqual(await everything(to), ['/x', '/y/', '/y/a']);
    assert.equal(await text(to, 'x'), '1');
  });

  test('what is left out is neither copied nor removed, and keeps its directory', async () => {
    const { from, to } = await pair({ 'a.tmp': '1', 'd/b': '2' }, { 'x/keep.tmp': '3', 'x/go': '4', 'b.tmp': '5' });
    await mirror(from, to, { options: { delete: true, exclude: ['*.tmp'] } });
    assert.deepEqual(await everything(to), ['/b.tmp', '/d/', '/d/b', '/x/', '/x/keep.tmp']);
  });

  test('a listing that tells minutes only: the file itself is asked before it is carried again', async () => {
    const { from, to } = await pair({ a: '1', b: '2' });
    await mirror(from, to);
    await store(from, 'b', '3', { mode: 'replace' }, { modified: T + 7000 });
    const coarse = {
      ...hooked(from, () => {}),
      async *list(...how: Parameters<typeof from.list>) {
        for await (const entry of from.list(...how))
          yield { ...entry, modified: Math.floor(entry.modified / MINUTE) * MINUTE };
      },
    };
    const { items, summary } = await mirror(coarse, to);
    assert.deepEqual([items.map((item) => item.from), summary.skipped], [['from:/b'], 1]);
  });

  test('a target without times is not written again', async () => {
    const { from, to } = await pair({ a: '1' });
    const plain = { ...hooked(to, () => {}), setAttributes: undefined } as never;
    const commitless = { ...(plain as object), write: untimed(to) } as never;
    assert.equal((await mirror(from, commitless)).summary.copied, 1);
    assert.equal((await mirror(from, commitless)).summary.skipped, 1);
  });

  test('one file that cannot be written: the others are there, exit 12', async () => {
    const { from, to } = await pair({ a: '1', b: '2', c: '3' });
    let writes = 0;
    const flaky = hooked(to, (what) => {
      if (what === 'commit' && ++writes === 2) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    const ran = await mirror(from, flaky, { options: { transfers: 1 } });
    assert.deepEqual([ran.error?.code, ran.error?.exit], ['CS_PARTIAL', 12]);
    assert.deepEqual(await everything(to), ['/a', '/c']);
  });
});

function untimed(to: ReturnType<typeof memory>) {
  return async (...how: Parameters<typeof to.write>) => {
    const draft = await to.write(...how);
    const commit = draft.commit.bind(draft);
    draft.commit = () => commit();
    return draft;
  };
}

describe('what is left out', () => {
  const takes = (exclude: string[], include: string[], path: string, kind: 'file' | 'directory' = 'file'): boolean =>
    createFilter(exclude, include).takes(path.split('/'), kind);

  test('a name anywhere, a path from the top, only directories', () => {
    assert.ok(!takes(['*.tmp'], [], 'a/b/c.tmp'));
    assert.ok(!takes(['.git'], [], '.git', 'directory'));
    assert.ok(!takes(['/build'], [], 'build'));
    assert.ok(takes(['/build'], [], 'a/build'));
    assert.ok(!takes(['docs/**/*.md'], [], 'docs/a/b.md'));
    assert.ok(takes(['cache/'], [], 'cache', 'file'));
    assert.ok(!takes(['cache/'], [], 'a/cache', 'directory'));
  });

  test('--include alone: only those; with --exclude: not left out after all', () => {
    assert.ok(takes([], ['*.js'], 'a/b.js'));
    assert.ok(!takes([], ['*.js'], 'a/b.ts'));
    assert.ok(takes([], ['*.js'], 'a', 'directory'));
    assert.ok(takes(['*.tmp'], ['keep.tmp'], 'a/keep.tmp'));
    assert.ok(!takes(['*.tmp'], ['keep.tmp'], 'a/x.tmp'));
  });
});

test('times are the same as exactly as the coarser end tells them', () => {
  const same = (a: number, b: number): boolean =>
    sameTime({ kind: 'file', size: 0, tag: '', modified: a }, { kind: 'file', size: 0, tag: '', modified: b });
  assert.ok(same(1000.25, 1000.75));
  assert.ok(same(1999.9, 1000));
  assert.ok(!same(1500, 1502));
  assert.ok(!same(1000, 2000));
  assert.ok(same(0, 123));
});
