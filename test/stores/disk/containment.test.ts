/** PA-01..06 on a disk: every way out by every verb. */
import assert from 'node:assert/strict';
import { existsSync, linkSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { ROOT, resolvePath } from '../../../src/kit/file-path.ts';
import {
  at,
  CLOSED,
  entries,
  load,
  names,
  refuses,
  required,
  store,
  text,
} from '../../conformance/file-tree-harness.ts';
import { SECRET, specials, trap, WAYS_OUT } from './outside.ts';
import { openDisk } from './place.ts';

const VERBS: Readonly<Record<string, (tree: FileTree, path: string) => Promise<unknown>>> = {
  stat: (tree, path) => tree.stat(at(path)),
  list: (tree, path) => names(tree, path),
  read: (tree, path) => load(tree, path),
  hash: (tree, path) => required(tree, 'hash')(at(path), 'sha256'),
  create: (tree, path) => store(tree, path, 'x', { mode: 'new' }),
  replace: (tree, path) => store(tree, path, 'x'),
  append: (tree, path) => store(tree, path, 'x', { mode: 'update' }),
  createBelow: (tree, path) => store(tree, `${path}/new`, 'x'),
  staged: async (tree, path) => {
    const draft = await required(tree, 'write')(at(path), { mode: 'replace', stage: 's' });
    await draft.abort({ keep: true });
  },
  makeDir: (tree, path) => required(tree, 'makeDir')(at(`${path}/made`)),
  copyOut: (tree, path) => required(tree, 'copy')(at('/dir/file'), at(path), { replace: true }),
  copyIn: (tree, path) => required(tree, 'copy')(at(path), at('/stolen'), { replace: true }),
  setAttributes: (tree, path) => required(tree, 'setAttributes')(at(path), { modified: 0, mode: 0o777 }),
  remove: (tree, path) => required(tree, 'remove')(at(path), 'file'),
  removeDirectory: (tree, path) => required(tree, 'remove')(at(path), 'directory'),
  renameOut: (tree, path) => required(tree, 'rename')(at('/dir/file'), at(`${path}/moved`), { replace: true }),
  renameIn: (tree, path) => required(tree, 'rename')(at(path), at('/stolen'), { replace: true }),
};

for (const [kind, byDescriptor] of [
  ['by descriptor', undefined],
  ['checked', false],
] as const) {
  describe(`PA-05 ${kind}`, () => {
    for (const [verb, act] of Object.entries(VERBS)) {
      test(`PA-05 ${kind}: ${verb} by every link that leads out is refused, and nothing outside changes`, async () => {
        await using place = await trap({}, byDescriptor);
        const before = place.state();
        for (const way of WAYS_OUT) {
          const error = await act(place.tree, `/${way}`).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          assert.ok(error instanceof CsError, `${verb} ${way} was done`);
          assert.ok(['CS_NOT_FOUND', 'CS_NOT_DIRECTORY', 'CS_DENIED'].includes(error.code), `${way}: ${error.message}`);
          assert.ok(!error.message.includes(place.outside), 'the message tells where it leads');
        }
        assert.equal(place.state(), before);
        assert.ok(!existsSync(join(place.root, 'stolen')));
      });
    }

    test(`PA-02 ${kind}: a directory whose name begins with the root's is another one`, async () => {
      await using place = await trap({}, byDescriptor);
      for (const path of ['/sibling/x', '/sibling']) await refuses({}, 'CS_NOT_FOUND', () => place.tree.stat(at(path)));
      assert.throws(() => resolvePath(ROOT, '../data-secret/x'), { code: 'CS_INPUT' });
    });

    test(`links inside are followed, loops and long chains end (${kind})`, async () => {
      await using place = await trap({}, byDescriptor);
      const { tree } = place;
      for (const path of ['/inside-link', '/inside-dir/file', '/inside-absolute/file', '/hop-6']) {
        assert.equal(await text(tree, path), 'inside', path);
      }
      for (const path of ['/loop', '/loop/x', '/dangling', '/hop-0']) {
        await refuses({}, 'CS_NOT_FOUND', () => tree.stat(at(path)));
      }
      const listed = (await entries(tree)).map(({ name, kind: is }) => [name, is]);
      assert.deepEqual(
        listed.filter(([name = '']) => !name.startsWith('hop-')),
        [
          ['dir', 'directory'],
          ['inside-absolute', 'directory'],
          ['inside-dir', 'directory'],
          ['inside-link', 'file'],
        ],
      );
      assert.ok(listed.every(([name]) => name !== 'hop-0'));
      await store(tree, '/inside-link', 'changed');
      assert.ok(lstatSync(join(place.root, 'inside-link')).isSymbolicLink(), 'the link stays');
      assert.equal(readFileSync(join(place.root, 'dir/file'), 'utf8'), 'changed');
      await required(tree, 'remove')(at('/inside-link'), 'file');
      assert.ok(!existsSync(join(place.root, 'inside-link')));
      assert.equal(await text(tree, '/dir/file'), 'changed', 'what it led to stays');
      await required(tree, 'remove')(at('/inside-dir'), 'directory').then(
        () => assert.ok(existsSync(join(place.root, 'dir/file'))),
        (error: CsError) => assert.fail(error.message),
      );
    });

    test(`file.md 5: pipes, sockets and devices are not there, and nobody waits for them (${kind})`, async () => {
      await using place = await trap({}, byDescriptor);
      const server = await specials(place.root);
      try {
        const listed = await names(place.tree);
        for (const name of ['fifo', 'fifo-link', 'zero', 'socket']) {
          assert.ok(!listed.includes(name), name);
          await refuses({}, 'CS_NOT_FOUND', () => place.tree.stat(at(`/${name}`)));
          await refuses({}, 'CS_NOT_FOUND', () => load(place.tree, `/${name}`));
          for (const verb of ['replace', 'append', 'create', 'copyIn', 'remove', 'setAttributes']) {
            const error = await VERBS[verb]?.(place.tree, `/${name}`).catch((thrown: unknown) => thrown);
            assert.ok(error instanceof CsError && CLOSED.includes(error.code), `${verb} ${name}`);
          }
        }
        assert.ok(lstatSync(join(place.root, 'fifo')).isFIFO());
      } finally {
        server.close();
      }
    });
  });
}

test('PA-06 no method makes a link, and a copy of one is a copy of what it leads to', async () => {
  await using place = await trap();
  for (const name of ['symlink', 'link', 'readlink']) assert.ok(!(name in place.tree));
  await required(place.tree, 'copy')(at('/inside-link'), at('/copied'), { replace: false });
  assert.ok(lstatSync(join(place.root, 'copied')).isFile());
});

test('a file with a second name outside is replaced under its own name only', async () => {
  await using place = await trap();
  linkSync(join(place.outside, 'secret'), join(place.root, 'hard'));
  await store(place.tree, '/hard', 'new');
  await store(place.tree, '/hard', ' more', { mode: 'update' });
  assert.equal(await text(place.tree, '/hard'), 'new more');
  assert.equal(readFileSync(join(place.outside, 'secret'), 'utf8'), SECRET);
});

test('with links followed, they lead where they lead, and are written through', async () => {
  await using place = await trap({ followSymlinks: true });
  const { tree } = place;
  assert.equal(await text(tree, '/file-link'), SECRET);
  assert.equal(await text(tree, '/dir-link/secret'), SECRET);
  assert.ok((await names(tree, '/dir-link')).includes('below'));
  await store(tree, '/file-link', 'changed');
  assert.equal(readFileSync(join(place.outside, 'secret'), 'utf8'), 'changed');
  assert.ok(lstatSync(join(place.root, 'file-link')).isSymbolicLink());
  await refuses({}, 'CS_NOT_FOUND', () => tree.stat(at('/loop')));
});

test('the names that the tree keeps for itself are nobody else’s', async () => {
  await using place = await trap();
  const draft = await required(place.tree, 'write')(at('/x'), { mode: 'new' });
  for (const name of ['/.cs-staging', '/.CS-Staging', '/.cs-part-x', '/dir/.cs-kept-y']) {
    await refuses({}, 'CS_NOT_FOUND', () => place.tree.stat(at(name)));
    await refuses({}, 'CS_NOT_FOUND', () => store(place.tree, name, 'x'));
    await refuses({}, 'CS_NOT_FOUND', () => required(place.tree, 'makeDir')(at(name)));
    await refuses({}, 'CS_NOT_FOUND', () => names(place.tree, name));
  }
  assert.ok(!(await names(place.tree)).includes('.cs-staging'));
  await draft.abort();
  writeFileSync(join(place.root, 'real'), 'x');
  assert.equal(await text(place.tree, '/real'), 'x');
});

test('a staging directory that somebody else prepared is not used', async () => {
  await using place = await trap();
  symlinkSync(place.outside, join(place.root, '.cs-staging'));
  const before = place.state();
  await assert.rejects(store(place.tree, '/x', 'x'), (error: CsError) => CLOSED.includes(error.code));
  assert.equal(place.state(), before);
  const again = await openDisk(place.root, { durability: 'process' });
  await again[Symbol.asyncDispose]();
  assert.equal(place.state(), before);
});
