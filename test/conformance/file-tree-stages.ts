import assert from 'node:assert/strict';
import type { FileTree } from '../../src/contracts/files.ts';
import type { Check, TreeExpected } from './file-tree.ts';
import { at, load, names, octets, refuses, required, store, text } from './file-tree-harness.ts';

/** An upload that ends after `bytes`, as when the line is cut. */
async function cut(tree: FileTree, path: string, bytes: Uint8Array, stage: string, offset?: number): Promise<void> {
  const draft = await required(tree, 'write')(at(path), {
    mode: 'replace',
    stage,
    ...(offset === undefined ? {} : { offset }),
  });
  await draft.write(Buffer.from(bytes));
  await draft.abort({ keep: true });
}

/** Uploads that are cut and gone on with. */
export function fileStages(check: Check, expected: TreeExpected): void {
  check('an upload that was cut twice goes on to the last octet', async ({ tree }) => {
    const bytes = octets(2_400_000);
    await cut(tree, '/file', bytes.subarray(0, 1_300_000), 's');
    assert.equal((await required(tree, 'staged')(at('/file'), 's'))?.length, 1_300_000);
    if (!expected.own) assert.deepEqual(await names(tree), []);
    await cut(tree, '/file', bytes.subarray(1_300_000, 1_300_001), 's', 1_300_000);
    assert.equal((await required(tree, 'staged')(at('/file'), 's'))?.length, 1_300_001);
    await store(tree, '/file', bytes.subarray(1_300_001), { mode: 'replace', stage: 's', offset: 1_300_001 });
    assert.ok((await load(tree, '/file')).equals(bytes));
    assert.equal(await required(tree, 'staged')(at('/file'), 's'), undefined);
  });

  check('an old head never meets a new tail', async ({ tree }) => {
    await cut(tree, '/file', Buffer.from('0123456789'), 's');
    for (const offset of [1, 9, 11]) {
      await refuses(expected, 'CS_CHANGED', () => store(tree, '/file', 'x', { mode: 'replace', stage: 's', offset }));
    }
    assert.equal((await required(tree, 'staged')(at('/file'), 's'))?.length, 10);
    await refuses(expected, 'CS_CHANGED', () =>
      store(tree, '/file', 'x', { mode: 'replace', stage: 'other', offset: 10 }),
    );
    await refuses(expected, 'CS_CHANGED', () =>
      store(tree, '/other', 'x', { mode: 'replace', stage: 's', offset: 10 }),
    );
    await store(tree, '/file', 'abc', { mode: 'replace', stage: 's', offset: 10 });
    assert.equal(await text(tree, '/file'), '0123456789abc');
  });

  check('an upload that begins anew forgets what was kept', async ({ tree }) => {
    await cut(tree, '/file', Buffer.from('old head'), 's');
    await store(tree, '/file', 'new', { mode: 'replace', stage: 's' });
    assert.equal(await text(tree, '/file'), 'new');
    assert.equal(await required(tree, 'staged')(at('/file'), 's'), undefined);
    await cut(tree, '/file', Buffer.from('again'), 's', 0);
    const draft = await required(tree, 'write')(at('/file'), { mode: 'replace', stage: 's', offset: 5 });
    await draft.abort();
    assert.equal(await required(tree, 'staged')(at('/file'), 's'), undefined, 'an abort without keep forgets');
    assert.equal(await text(tree, '/file'), 'new');
  });

  check('one upload at a time goes on with a stage', async ({ tree }) => {
    await cut(tree, '/file', Buffer.from('head '), 's');
    const order = { mode: 'replace', stage: 's', offset: 5 } as const;
    const first = await required(tree, 'write')(at('/file'), order);
    await refuses(expected, 'CS_BUSY', () => store(tree, '/file', 'x', order));
    await first.write(Buffer.from('tail'));
    await first.commit();
    assert.equal(await text(tree, '/file'), 'head tail');
  });

  check('a stage counts as what it would be: no name is taken, none is needed', async ({ tree }) => {
    await cut(tree, '/file', Buffer.from('mine '), 's');
    await store(tree, '/file', 'published');
    const order = { mode: 'new', stage: 's', offset: 5 } as const;
    await refuses(expected, 'CS_EXISTS', () => store(tree, '/file', 'x', order));
    await store(tree, '/file', 'all', { ...order, mode: 'replace' });
    assert.equal(await text(tree, '/file'), 'mine all');
  });

  if (expected.abilities.includes('stagedIn')) {
    check('what was kept in a directory can be listed', async ({ tree }) => {
      await required(tree, 'makeDir')(at('/dir'));
      await cut(tree, '/dir/a', Buffer.from('12345'), 's');
      await cut(tree, '/dir/a', Buffer.from('123'), 't');
      await cut(tree, '/b', Buffer.from('1'), 's');
      const list = async (path: string) =>
        (await required(tree, 'stagedIn')(at(path))).map(({ name, stage, length }) => [name, stage, length]).sort();
      assert.deepEqual(await list('/dir'), [
        ['a', 's', 5],
        ['a', 't', 3],
      ]);
      assert.deepEqual(await list('/'), [['b', 's', 1]]);
    });

    check('what was kept in a directory goes along when it gets another name', async ({ tree }) => {
      for (const path of ['/dir', '/dir/in']) await required(tree, 'makeDir')(at(path));
      await cut(tree, '/dir/a', Buffer.from('12345'), 's');
      await cut(tree, '/dir/in/b', Buffer.from('123'), 's');
      await cut(tree, '/dirt', Buffer.from('1'), 's');
      await required(tree, 'rename')(at('/dir'), at('/moved'), { replace: false });
      await required(tree, 'makeDir')(at('/dir'));
      assert.deepEqual(await required(tree, 'stagedIn')(at('/dir')), []);
      assert.deepEqual(
        (await required(tree, 'stagedIn')(at('/'))).map(({ name }) => name),
        ['dirt'],
      );
      assert.equal((await required(tree, 'staged')(at('/moved/in/b'), 's'))?.length, 3);
      await store(tree, '/moved/a', '678', { mode: 'replace', stage: 's', offset: 5 });
      assert.equal(await text(tree, '/moved/a'), '12345678');
    });

    check('what was kept in a directory is forgotten with it, and does not hold it', async ({ tree }) => {
      await required(tree, 'makeDir')(at('/dir'));
      await cut(tree, '/dir/a', Buffer.from('12345'), 's');
      await store(tree, '/dir/b', 'whole');
      await refuses(expected, 'CS_NOT_EMPTY', () => required(tree, 'remove')(at('/dir'), 'directory'));
      assert.equal((await required(tree, 'staged')(at('/dir/a'), 's'))?.length, 5);
      await required(tree, 'remove')(at('/dir/b'), 'file');
      await required(tree, 'remove')(at('/dir'), 'directory');
      await required(tree, 'makeDir')(at('/dir'));
      assert.deepEqual(await required(tree, 'stagedIn')(at('/dir')), []);
    });

    check('an upload that is cut when its directory is gone leaves nothing', async ({ tree }) => {
      await required(tree, 'makeDir')(at('/dir'));
      const draft = await required(tree, 'write')(at('/dir/a'), { mode: 'replace', stage: 's' });
      await draft.write(Buffer.from('12345'));
      await required(tree, 'rename')(at('/dir'), at('/moved'), { replace: false });
      await draft.abort({ keep: true });
      await required(tree, 'makeDir')(at('/dir'));
      for (const path of ['/dir', '/moved']) assert.deepEqual(await required(tree, 'stagedIn')(at(path)), []);
    });
  }
}
