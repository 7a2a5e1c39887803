import assert from 'node:assert/strict';
import type { Check, TreeExpected } from './file-tree.ts';
import { fileChanges } from './file-tree-changes.ts';
import { at, everything, load, names, octets, refuses, required, store, text } from './file-tree-harness.ts';
import { fileStages } from './file-tree-stages.ts';
import { whole } from './harness.ts';

export function fileWriting(check: Check, expected: TreeExpected): void {
  const has = (ability: TreeExpected['abilities'][number]): boolean => expected.abilities.includes(ability);

  check('nothing shows before commit, all of it after', async ({ tree }) => {
    const draft = await required(tree, 'write')(at('/file'), { mode: 'new' });
    await draft.write(Buffer.from('half'));
    if (!expected.early && !expected.own) {
      await refuses(expected, 'CS_NOT_FOUND', () => tree.stat(at('/file')));
      assert.deepEqual(await names(tree), []);
    }
    await draft.write(Buffer.from(' and half'));
    assert.equal(draft.length, 13);
    const facts = await draft.commit();
    assert.equal(facts.size, 13);
    assert.equal(facts.kind, 'file');
    assert.equal(await text(tree, '/file'), 'half and half');
    if (has('tag')) assert.equal(facts.tag, (await tree.stat(at('/file'))).tag);
  });

  check('an aborted draft leaves nothing, whatever its size', async ({ tree }) => {
    await store(tree, '/old', 'as it was');
    for (const size of [0, 10, 3_000_000]) {
      for (const path of ['/new', '/old']) {
        const draft = await required(tree, 'write')(at(path), { mode: 'replace' });
        if (size > 0) await draft.write(octets(size));
        await draft.abort();
        await draft.abort();
      }
    }
    if (!expected.early) assert.deepEqual(await everything(tree), ['/old']);
    if (!expected.early) assert.equal(await text(tree, '/old'), 'as it was');
  });

  check('who reads while a file is replaced gets the old one whole', async ({ tree }) => {
    if (expected.unsteady) return;
    const old = octets(900_000, 1);
    await store(tree, '/file', old);
    await using file = await tree.open(at('/file'));
    const reading = file.read()[Symbol.asyncIterator]();
    const first = await reading.next();
    await store(tree, '/file', octets(900_000, 2));
    const rest: Uint8Array[] = [first.value];
    for (let next = await reading.next(); !next.done; next = await reading.next()) rest.push(next.value);
    assert.ok(Buffer.concat(rest).equals(old));
    assert.ok((await load(tree, '/file')).equals(octets(900_000, 2)));
  });

  check('of many that want a new name at once, one gets it', async ({ tree }) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store(tree, '/file', `writer ${n}`, { mode: 'new' })),
    );
    const won = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    assert.equal(won.length, 1);
    for (const result of results) {
      if (result.status === 'rejected') await refuses(expected, 'CS_EXISTS', () => Promise.reject(result.reason));
    }
    assert.equal(await text(tree, '/file'), `writer ${won[0]}`);
    await refuses(expected, 'CS_EXISTS', () => store(tree, '/file', 'x', { mode: 'new' }));
  });

  check('of many that replace one file, the last one stands, whole', async ({ tree }) => {
    const all = Array.from({ length: 12 }, (_, n) => octets(50_000, n + 1));
    await Promise.all(all.map((bytes) => store(tree, '/file', bytes)));
    const found = await load(tree, '/file');
    assert.ok(all.some((bytes) => bytes.equals(found)));
    assert.deepEqual(await names(tree), ['file']);
  });

  check('an update goes on at the end, or from an offset on', async ({ tree }) => {
    await store(tree, '/file', '0123456789', { mode: 'update' });
    await store(tree, '/file', 'abc', { mode: 'update' });
    assert.equal(await text(tree, '/file'), '0123456789abc');
    const facts = await store(tree, '/file', 'XY', { mode: 'update', offset: 4 });
    assert.equal(await text(tree, '/file'), '0123XY');
    assert.equal(facts.size, 6);
    await store(tree, '/file', '', { mode: 'update', offset: 2 });
    assert.equal(await text(tree, '/file'), '01');
    await store(tree, '/file', 'new', { mode: 'update', offset: 0 });
    assert.equal(await text(tree, '/file'), 'new');
    const large = octets(1_200_000);
    await store(tree, '/large', large);
    await store(tree, '/large', large.subarray(0, 700_000), { mode: 'update', offset: 1_100_000 });
    assert.ok(
      (await load(tree, '/large')).equals(Buffer.concat([large.subarray(0, 1_100_000), large.subarray(0, 700_000)])),
    );
  });

  check('an update beyond the end is refused, and changes nothing', async ({ tree }) => {
    await store(tree, '/file', 'four');
    await refuses(expected, 'CS_CHANGED', () => store(tree, '/file', 'x', { mode: 'update', offset: 5 }));
    await refuses(expected, 'CS_CHANGED', () => store(tree, '/none', 'x', { mode: 'update', offset: 1 }));
    assert.equal(await text(tree, '/file'), 'four');
    assert.deepEqual(await names(tree), ['file']);
  });

  if (!expected.early && !expected.blind) {
    check('an update of what somebody else changed meanwhile is refused', async ({ tree }) => {
      await store(tree, '/file', 'one');
      const draft = await required(tree, 'write')(at('/file'), { mode: 'update' });
      await draft.write(Buffer.from(' more'));
      await store(tree, '/file', 'two');
      await refuses(expected, 'CS_CHANGED', () => draft.commit());
      assert.equal(await text(tree, '/file'), 'two');
    });
  }

  if (has('tag')) {
    check('with a tag only that content is replaced', async ({ tree }) => {
      const { tag } = await store(tree, '/file', 'one');
      const draft = await required(tree, 'write')(at('/file'), { mode: 'replace', ifTag: tag });
      await draft.write(Buffer.from('mine'));
      await store(tree, '/file', 'two', { mode: 'replace', ifTag: tag });
      await refuses(expected, 'CS_CHANGED', () => draft.commit());
      await refuses(expected, 'CS_CHANGED', () => store(tree, '/file', 'x', { mode: 'replace', ifTag: tag }));
      await refuses(expected, 'CS_CHANGED', () => store(tree, '/none', 'x', { mode: 'replace', ifTag: tag }));
      assert.equal(await text(tree, '/file'), 'two');
      assert.deepEqual(await names(tree), ['file']);
    });
  }

  check('nothing is written over a directory, into a file, or where no directory is', async ({ tree }) => {
    await required(tree, 'makeDir')(at('/dir'));
    await store(tree, '/file', 'x');
    for (const mode of ['new', 'replace', 'update'] as const) {
      const taken = mode === 'new' ? (['CS_EXISTS', 'CS_IS_DIRECTORY'] as const) : 'CS_IS_DIRECTORY';
      await refuses(expected, taken, () => store(tree, '/dir', 'x', { mode }));
      await refuses(expected, 'CS_NOT_FOUND', () => store(tree, '/none/x', 'x', { mode }));
      await refuses(expected, ['CS_NOT_DIRECTORY', 'CS_NOT_FOUND'], () => store(tree, '/file/x', 'x', { mode }));
    }
    assert.deepEqual(await everything(tree), ['/dir/', '/file']);
  });

  check('times and permissions given at commit stand', async ({ tree }) => {
    const modified = Date.UTC(2019, 4, 6, 7, 8, 9);
    const facts = await store(tree, '/file', 'x', { mode: 'replace' }, { modified, mode: 0o640 });
    for (const { modified: kept, mode } of [facts, await tree.stat(at('/file'))]) {
      if (has('setAttributes')) assert.ok(Math.abs(kept - modified) < (expected.precision ?? 1));
      if (has('setAttributes') && mode !== undefined) assert.equal(mode, 0o640);
    }
  });

  check('a large file in small and odd pieces arrives as it was sent', async ({ tree }) => {
    const bytes = octets(8_000_000);
    const draft = await required(tree, 'write')(at('/file'), { mode: 'replace', size: bytes.length });
    for (let from = 0, step = 1; from < bytes.length; from += step, step = (step * 7 + 13) % 90_001) {
      step = Math.max(1, step);
      await draft.write(Buffer.from(bytes.subarray(from, from + step)));
    }
    assert.equal((await draft.commit()).size, bytes.length);
    await using file = await tree.open(at('/file'));
    assert.ok((await whole(file.read())).equals(bytes));
  });

  fileChanges(check, expected);
  if (has('staged')) fileStages(check, expected);
}
