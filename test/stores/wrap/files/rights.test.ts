import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../../src/contracts/files.ts';
import type { CsError } from '../../../../src/kit/errors.ts';
import { rights } from '../../../../src/stores/wrap/files/rights.ts';
import { parseRights } from '../../../../src/stores/wrap/files/rights-file.ts';
import { RightsWatch } from '../../../../src/stores/wrap/files/rights-watch.ts';
import { at, everything, names, refuses, required, store, text } from '../../../conformance/file-tree-harness.ts';
import { emptyTree, session } from './memory.ts';

const RULES = `
# who      where            may
group staff ann bob
@staff     /projects        list read write   # no removing
ann        /projects/ann    all
bob        /projects/ann    none
*          /pub             list read
*          "/pub/with space" none
-          /drop            write
cat        /Admin           all
cat        /                list read write
cat        /Admin/keys      none
`;

async function treeFor(user: string): Promise<{ tree: FileTree; inner: FileTree }> {
  const inner = await emptyTree();
  for (const path of ['/projects', '/projects/ann', '/pub', '/pub/with space', '/drop', '/Admin', '/Admin/keys']) {
    await required(inner, 'makeDir')(at(path));
  }
  for (const path of ['/projects/p', '/projects/ann/a', '/pub/x', '/pub/with space/y', '/drop/d', '/Admin/keys/k']) {
    await store(inner, path, path);
  }
  const rules = parseRights(RULES);
  return { inner, tree: rights(() => rules)(inner, session(user)) };
}

describe('rights of a text file', () => {
  test('each user sees and does what the rule of the longest path says', async () => {
    const { tree: ann } = await treeFor('ann');
    assert.deepEqual(await everything(ann), [
      '/projects/',
      '/projects/ann/',
      '/projects/ann/a',
      '/projects/p',
      '/pub/',
      '/pub/x',
    ]);
    await store(ann, '/projects/new', 'x');
    await required(ann, 'remove')(at('/projects/ann/a'), 'file');
    await refuses({}, 'CS_DENIED', () => required(ann, 'remove')(at('/projects/p'), 'file'));
    await refuses({}, 'CS_DENIED', () => store(ann, '/pub/z', 'x'));
    await refuses({}, 'CS_NOT_FOUND', () => text(ann, '/pub/with space/y'));
    await refuses({}, 'CS_DENIED', () => store(ann, '/elsewhere', 'x'));

    const { tree: bob } = await treeFor('bob');
    assert.deepEqual(await everything(bob), ['/projects/', '/projects/p', '/pub/', '/pub/x']);
    await refuses({}, 'CS_NOT_FOUND', () => text(bob, '/projects/ann/a'));
  });

  test('a place to drop things takes them and shows nothing', async () => {
    const { tree, inner } = await treeFor('');
    await store(tree, '/drop/mine', 'x');
    // cat may: so it is asked for a login, whether there is anything of that name or not.
    await refuses({}, 'CS_AUTH_REQUIRED', () => names(tree, '/drop'));
    await refuses({}, 'CS_AUTH_REQUIRED', () => text(tree, '/drop/mine'));
    await refuses({}, 'CS_AUTH_REQUIRED', () => tree.stat(at('/drop/d')));
    await refuses({}, 'CS_AUTH_REQUIRED', () => tree.stat(at('/drop/nothing')));
    assert.ok((await names(inner, '/drop')).includes('mine'));
  });

  test('a place to drop things can be entered, and who dropped something there may see that it came and rename it', async () => {
    const { tree, inner } = await treeFor('');
    assert.equal((await tree.stat(at('/drop'))).kind, 'directory');
    await store(tree, '/drop/mine.part', 'four');
    assert.equal((await tree.stat(at('/drop/mine.part'))).size, 4);
    await required(tree, 'rename')(at('/drop/mine.part'), at('/drop/mine'), { replace: true });
    assert.equal((await tree.stat(at('/drop/mine'))).size, 4);
    await refuses({}, 'CS_AUTH_REQUIRED', () => tree.stat(at('/drop/mine.part')));
    // Moved there by the one who put it elsewhere, or looked for by somebody else: not theirs to see.
    await required(tree, 'rename')(at('/drop/d'), at('/drop/e'), { replace: true });
    await refuses({}, 'CS_AUTH_REQUIRED', () => tree.stat(at('/drop/e')));
    const other = rights(() => parseRights(RULES))(inner, session(''));
    await refuses({}, 'CS_AUTH_REQUIRED', () => other.stat(at('/drop/mine')));
    // What was given up shows nothing of what has the name.
    await (await required(tree, 'write')(at('/drop/e'), { mode: 'replace' })).abort();
    await refuses({}, 'CS_AUTH_REQUIRED', () => tree.stat(at('/drop/e')));
  });

  test('PA-08 a rule on /Admin/keys holds for every way to write it, and none of them gains a right', async () => {
    const { tree, inner } = await treeFor('cat');
    for (const path of ['/admin', '/ADMIN', '/\uff21dmin']) {
      await required(inner, 'makeDir')(at(path));
      await required(inner, 'makeDir')(at(`${path}/keys`));
      await store(inner, `${path}/keys/k`, 'secret');
      await refuses({}, 'CS_NOT_FOUND', () => text(tree, `${path}/keys/k`));
      await refuses({}, 'CS_DENIED', () => store(tree, `${path}/keys/k`, 'x'));
      // `all` on /Admin is not `all` on /admin.
      await refuses({}, 'CS_DENIED', () => required(tree, 'remove')(at(`${path}/keys`), 'directory'));
    }
    const composed = parseRights('cat / all\ncat /\u00e9 none');
    const { inner: plain } = await treeFor('cat');
    await store(plain, '/e\u0301', 'secret');
    const other = rights(() => composed)(plain, session('cat'));
    await refuses({}, 'CS_NOT_FOUND', () => text(other, '/e\u0301'));
  });

  test('a directory with rules of its own is not moved away from them', async () => {
    const { tree } = await treeFor('cat');
    await refuses({}, 'CS_DENIED', () => required(tree, 'rename')(at('/Admin'), at('/mine'), { replace: false }));
    await required(tree, 'rename')(at('/pub'), at('/public'), { replace: false }).then(
      () => assert.fail('moved'),
      (error: CsError) => assert.equal(error.code, 'CS_DENIED'),
    );
  });

  test('a file that is wrong says where', () => {
    const wrong: [string, RegExp][] = [
      ['ann / fly', /line 1: no such right: "fly"/],
      ['\nann pub read', /line 2: write USER \/PATH RIGHT/],
      ['@none / read', /line 1: no group @none/],
      ['group x', /line 1: write group NAME/],
      ['ann /../x read', /line 1: a path that leaves the root/],
      ['ann /', /line 1: write USER/],
    ];
    for (const [text, message] of wrong) {
      assert.throws(
        () => parseRights(text),
        (error: CsError) => error.code === 'CS_CONFIG' && message.test(error.message),
      );
    }
  });
});

test('rights are read again when the file changes; a wrong file leaves the last good ones, and is logged', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'cs-rights-'));
  const file = join(dir, 'rights');
  const waiting: ((event: string) => void)[] = [];
  // What watches a file keeps no process alive; this does.
  const alive = setInterval(() => {}, 60_000);
  const logged = (): Promise<string> => new Promise((resolve) => waiting.push(resolve));
  try {
    await writeFile(file, 'ann / all\n');
    using watch = await RightsWatch.open(file, (_level, event) => waiting.shift()?.(event));
    const tree = rights(watch.rules)(await emptyTree(), session('ann'));
    await store(tree, '/x', 'x');
    const put = async (content: string): Promise<void> => {
      await writeFile(`${file}.new`, content);
      await rename(`${file}.new`, file);
    };
    const replace = async (content: string): Promise<string> => {
      const event = logged();
      await put(content);
      return event;
    };
    assert.equal(await replace('ann / read\n'), 'rights.reloaded');
    await refuses({}, 'CS_DENIED', () => store(tree, '/x', 'y'));
    assert.equal(await replace('ann / everything\n'), 'rights.refused');
    await refuses({}, 'CS_DENIED', () => store(tree, '/x', 'y'));
    assert.equal(await text(tree, '/x'), 'x');
    const again = logged();
    // As when an editor makes several events of one change: a mistake is told once.
    await watch.reload();
    assert.equal(await Promise.race([again, 'nothing']), 'nothing');
    await put('ann / all\n');
    assert.equal(await again, 'rights.reloaded');
    await store(tree, '/x', 'y');
    await assert.rejects(
      RightsWatch.open(join(dir, 'none'), () => {}),
      { code: 'CS_CONFIG' },
    );
  } finally {
    clearInterval(alive);
    await rm(dir, { recursive: true });
  }
});
