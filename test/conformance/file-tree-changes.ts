import assert from 'node:assert/strict';
import type { Check, TreeExpected } from './file-tree.ts';
import { at, entries, everything, load, names, octets, refuses, required, store, text } from './file-tree-harness.ts';

/** Directories, removing, renaming, copying, attributes. */
export function fileChanges(check: Check, expected: TreeExpected): void {
  const has = (ability: TreeExpected['abilities'][number]): boolean => expected.abilities.includes(ability);

  if (has('makeDir')) {
    check('directories are made one level at a time, once', async ({ tree }) => {
      const makeDir = required(tree, 'makeDir');
      await makeDir(at('/a'));
      await makeDir(at('/a/b'));
      await store(tree, '/file', 'x');
      await refuses(expected, 'CS_EXISTS', () => makeDir(at('/a')));
      await refuses(expected, 'CS_EXISTS', () => makeDir(at('/file')));
      await refuses(expected, 'CS_NOT_FOUND', () => makeDir(at('/x/y')));
      await refuses(expected, ['CS_NOT_DIRECTORY', 'CS_NOT_FOUND'], () => makeDir(at('/file/y')));
      assert.deepEqual(await everything(tree), ['/a/', '/a/b/', '/file']);
    });
  }

  if (has('remove')) {
    check('a file or an empty directory is removed, as it was named', async ({ tree }) => {
      const remove = required(tree, 'remove');
      await required(tree, 'makeDir')(at('/dir'));
      await store(tree, '/dir/file', 'x');
      await refuses(expected, 'CS_IS_DIRECTORY', () => remove(at('/dir'), 'file'));
      await refuses(expected, 'CS_NOT_DIRECTORY', () => remove(at('/dir/file'), 'directory'));
      await refuses(expected, 'CS_NOT_EMPTY', () => remove(at('/dir'), 'directory'));
      await refuses(expected, 'CS_NOT_FOUND', () => remove(at('/none'), 'file'));
      await refuses(expected, 'CS_NOT_FOUND', () => remove(at('/none'), 'directory'));
      assert.deepEqual(await everything(tree), ['/dir/', '/dir/file']);
      await remove(at('/dir/file'), 'file');
      await remove(at('/dir'), 'directory');
      assert.deepEqual(await everything(tree), []);
      await refuses(expected, 'CS_DENIED', () => remove([], 'directory'));
    });
  }

  if (has('rename')) renames(check, expected);

  if (has('copy')) {
    check('a copy has the same content and goes its own way', async ({ tree }) => {
      const copy = required(tree, 'copy');
      const bytes = octets(300_000);
      await store(tree, '/a', bytes);
      await required(tree, 'makeDir')(at('/dir'));
      await copy(at('/a'), at('/dir/b'), { replace: false });
      await store(tree, '/a', 'other');
      assert.ok((await load(tree, '/dir/b')).equals(bytes));
      await refuses(expected, 'CS_EXISTS', () => copy(at('/a'), at('/dir/b'), { replace: false }));
      await copy(at('/a'), at('/dir/b'), { replace: true });
      assert.equal(await text(tree, '/dir/b'), 'other');
      await refuses(expected, 'CS_NOT_FOUND', () => copy(at('/none'), at('/c'), { replace: true }));
      await refuses(expected, 'CS_IS_DIRECTORY', () => copy(at('/dir'), at('/c'), { replace: true }));
      await refuses(expected, ['CS_IS_DIRECTORY', 'CS_EXISTS'], () => copy(at('/a'), at('/dir'), { replace: true }));
      await copy(at('/a'), at('/a'), { replace: true });
      assert.deepEqual(await everything(tree), ['/a', '/dir/', '/dir/b']);
      assert.equal(await text(tree, '/a'), 'other');
    });
  }

  if (has('setAttributes')) {
    check('times are kept, to the precision it states', async ({ tree }) => {
      const set = required(tree, 'setAttributes');
      await required(tree, 'makeDir')(at('/dir'));
      await store(tree, '/file', 'x');
      for (const modified of [Date.UTC(2001, 1, 3, 4, 5, 6), Date.UTC(2031, 11, 31, 23, 59, 59, 123), 0]) {
        for (const path of expected.timesOfFiles ? ['/file'] : ['/file', '/dir']) {
          await set(at(path), { modified });
          const { modified: kept } = await tree.stat(at(path));
          assert.ok(Math.abs(kept - modified) < (expected.precision ?? 1), `${kept} for ${modified}`);
        }
      }
      assert.equal(await text(tree, '/file'), 'x');
      await refuses(expected, 'CS_NOT_FOUND', () => set(at('/none'), { modified: 0 }));
    });

    check('permissions are kept where there are any, never more than nine bits', async ({ tree }) => {
      await store(tree, '/file', 'x');
      if ((await tree.stat(at('/file'))).mode === undefined) return;
      const set = required(tree, 'setAttributes');
      await set(at('/file'), { mode: 0o644 });
      assert.equal((await tree.stat(at('/file'))).mode, 0o644);
      await set(at('/file'), { mode: 0o4755 }).catch(() => {});
      const { mode = 0 } = await tree.stat(at('/file'));
      assert.equal(mode & ~0o777, 0);
      await set(at('/file'), { mode: 0o600 });
      await store(tree, '/file', 'y');
      assert.equal((await tree.stat(at('/file'))).mode, 0o600, 'a replaced file keeps its permissions');
    });
  }

  if (has('space')) {
    check('it says how much room there is', async ({ tree }) => {
      const { free, total } = await required(tree, 'space')();
      assert.ok(free >= 0 && total >= free);
    });
  }
}

function renames(check: Check, expected: TreeExpected): void {
  check('a file or a directory with all in it gets another name at once', async ({ tree }) => {
    const rename = required(tree, 'rename');
    const makeDir = required(tree, 'makeDir');
    for (const path of ['/a', '/a/b', '/c']) await makeDir(at(path));
    await store(tree, '/a/b/file', 'content');
    await rename(at('/a/b/file'), at('/c/named'), { replace: false });
    assert.deepEqual(await everything(tree), ['/a/', '/a/b/', '/c/', '/c/named']);
    await rename(at('/c/named'), at('/a/b/back'), { replace: true });
    await rename(at('/a'), at('/c/moved'), { replace: false });
    assert.deepEqual(await everything(tree), ['/c/', '/c/moved/', '/c/moved/b/', '/c/moved/b/back']);
    assert.equal(await text(tree, '/c/moved/b/back'), 'content');
  });

  check('a name that is taken is taken over by a file only, and only where that was asked for', async ({ tree }) => {
    const rename = required(tree, 'rename');
    const makeDir = required(tree, 'makeDir');
    await store(tree, '/one', '1');
    await store(tree, '/two', '2');
    for (const path of ['/dir', '/full', '/empty']) await makeDir(at(path));
    await store(tree, '/full/x', 'x');
    await refuses(expected, 'CS_EXISTS', () => rename(at('/one'), at('/two'), { replace: false }));
    await refuses(expected, ['CS_EXISTS', 'CS_IS_DIRECTORY'], () =>
      rename(at('/one'), at('/empty'), { replace: true }),
    );
    await refuses(expected, 'CS_EXISTS', () => rename(at('/dir'), at('/one'), { replace: false }));
    for (const to of ['/one', '/empty', '/full']) {
      const codes = ['CS_EXISTS', 'CS_NOT_EMPTY', 'CS_NOT_DIRECTORY'] as const;
      await refuses(expected, codes, () => rename(at('/dir'), at(to), { replace: true }));
    }
    assert.deepEqual(await everything(tree), ['/dir/', '/empty/', '/full/', '/full/x', '/one', '/two']);
    await rename(at('/one'), at('/two'), { replace: true });
    assert.equal(await text(tree, '/two'), '1');
    assert.ok(!(await names(tree)).includes('one'));
  });

  check('a directory never goes into itself, and what keeps its name stays', async ({ tree }) => {
    const rename = required(tree, 'rename');
    await required(tree, 'makeDir')(at('/dir'));
    await required(tree, 'makeDir')(at('/dir/inner'));
    await store(tree, '/file', 'x');
    await refuses(expected, 'CS_DENIED', () => rename(at('/dir'), at('/dir/inner/x'), { replace: false }));
    await refuses(expected, 'CS_DENIED', () => rename(at('/dir'), at('/dir/x'), { replace: true }));
    await rename(at('/file'), at('/file'), { replace: true });
    assert.equal(await text(tree, '/file'), 'x');
    await refuses(expected, 'CS_NOT_FOUND', () => rename(at('/none'), at('/x'), { replace: true }));
    await refuses(expected, 'CS_NOT_FOUND', () => rename(at('/file'), at('/none/x'), { replace: true }));
    await refuses(expected, 'CS_DENIED', () => rename([], at('/x'), { replace: true }));
    assert.deepEqual(
      (await entries(tree)).map(({ name }) => name),
      ['dir', 'file'],
    );
  });

  check('of many that want one name, one gets it and the others stay', async ({ tree }) => {
    const rename = required(tree, 'rename');
    for (let n = 0; n < 10; n++) await store(tree, `/f${n}`, String(n));
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => rename(at(`/f${n}`), at('/wanted'), { replace: false })),
    );
    const won = results.flatMap(({ status }, n) => (status === 'fulfilled' ? [n] : []));
    assert.equal(won.length, 1);
    assert.equal(await text(tree, '/wanted'), String(won[0]));
    assert.equal((await names(tree)).length, 10);
  });
}
