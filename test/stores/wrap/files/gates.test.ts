/** PA-12: what a wrap forbids is refused in storage, whatever asks: every wrap by every verb. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileTree } from '../../../../src/contracts/files.ts';
import type { CsError } from '../../../../src/kit/errors.ts';
import { fileName } from '../../../../src/kit/file-path.ts';
import { withoutDotfiles } from '../../../../src/stores/wrap/files/dotfiles.ts';
import { keptOut } from '../../../../src/stores/wrap/files/kept-out.ts';
import { onlyFile } from '../../../../src/stores/wrap/files/only-file.ts';
import { noDelete, readOnly } from '../../../../src/stores/wrap/files/read-only.ts';
import { rights } from '../../../../src/stores/wrap/files/rights.ts';
import { parseRights } from '../../../../src/stores/wrap/files/rights-file.ts';
import { at, everything, load, names, required, store } from '../../../conformance/file-tree-harness.ts';
import { emptyTree, session } from './memory.ts';

const VERBS: Readonly<Record<string, (tree: FileTree, path: string) => Promise<unknown>>> = {
  stat: (tree, path) => tree.stat(at(path)),
  list: (tree, path) => names(tree, `${path}dir`),
  read: (tree, path) => load(tree, `${path}file`),
  hash: (tree, path) => required(tree, 'hash')(at(`${path}file`), 'sha256'),
  create: (tree, path) => store(tree, `${path}new`, 'x', { mode: 'new' }),
  replace: (tree, path) => store(tree, `${path}file`, 'x'),
  append: (tree, path) => store(tree, `${path}file`, 'x', { mode: 'update' }),
  makeDir: (tree, path) => required(tree, 'makeDir')(at(`${path}made`)),
  rename: (tree, path) => required(tree, 'rename')(at(`${path}file`), at(`${path}named`), { replace: false }),
  copy: (tree, path) => required(tree, 'copy')(at(`${path}file`), at(`${path}copied`), { replace: false }),
  setAttributes: (tree, path) => required(tree, 'setAttributes')(at(`${path}file`), { modified: 0 }),
  remove: (tree, path) => required(tree, 'remove')(at(`${path}file`), 'file'),
  removeDirectory: (tree, path) => required(tree, 'remove')(at(`${path}dir`), 'directory'),
};
const READING = ['stat', 'list', 'read', 'hash'];
const CHANGING = Object.keys(VERBS).filter((verb) => !READING.includes(verb));
/** What may be done to the one file that is there. */
const ONE_FILE = ['replace', 'append', 'setAttributes'];
const REMOVING = ['remove', 'removeDirectory'];

const ruled = (rules: string) => (tree: FileTree) => rights(() => parseRights(rules))(tree, session('ann'));
/** Wrap, where, and the verbs that are to be refused there. */
const CASES: readonly [string, (tree: FileTree) => FileTree, string, readonly string[]][] = [
  ['nothing', (tree) => tree, '/', []],
  ['read only', readOnly, '/', CHANGING],
  ['no delete', noDelete, '/', REMOVING],
  ['dotfiles', withoutDotfiles, '/.git/', Object.keys(VERBS)],
  ['dotfiles elsewhere', withoutDotfiles, '/', []],
  ['own data', (tree) => keptOut(tree, [at('/data')]), '/data/', Object.keys(VERBS)],
  ['own data in capitals', (tree) => keptOut(tree, [at('/DATA')]), '/data/', Object.keys(VERBS)],
  ['own data elsewhere', (tree) => keptOut(tree, [at('/data')]), '/', []],
  [
    'one file',
    (tree) => onlyFile(tree, fileName('file')),
    '/',
    ['list', ...CHANGING.filter((verb) => !ONE_FILE.includes(verb))],
  ],
  ['one file elsewhere', (tree) => onlyFile(tree, fileName('file')), '/data/', Object.keys(VERBS)],
  ['rights: none', ruled('bob / all'), '/', Object.keys(VERBS)],
  ['rights: read', ruled('ann / list read'), '/', CHANGING],
  // The place itself is known to be there, and nothing in it.
  ['rights: upload only', ruled('ann / write'), '/', ['list', 'read', 'hash', 'copy', ...REMOVING]],
  ['rights: upload only, below', ruled('ann / write'), '/data/', [...READING, 'copy', ...REMOVING]],
  ['rights: all but remove', ruled('ann / list read write'), '/', REMOVING],
  ['rights: narrower below', ruled('ann / all\nann /data list read'), '/data/', CHANGING],
];

async function filled(): Promise<FileTree> {
  const tree = await emptyTree();
  for (const path of ['/', '/.git/', '/data/']) {
    if (path !== '/') await required(tree, 'makeDir')(at(path));
    await required(tree, 'makeDir')(at(`${path}dir`));
    await store(tree, `${path}file`, 'content');
  }
  return tree;
}

describe('PA-12', () => {
  for (const [name, wrap, path, refused] of CASES) {
    for (const [verb, act] of Object.entries(VERBS)) {
      const may = !refused.includes(verb);
      test(`PA-12 ${name}: ${verb} in ${path} ${may ? 'is done' : 'is refused in storage, and changes nothing'}`, async () => {
        const inner = await filled();
        const before = await everything(inner);
        const tree = wrap(inner);
        if (may) {
          await act(tree, path);
          return;
        }
        await assert.rejects(
          async () => act(tree, path),
          (error: CsError) => {
            // An ability that is gone is as good as an answer.
            return /^the tree has no/.test(error.message) || ['CS_DENIED', 'CS_NOT_FOUND'].includes(error.code);
          },
        );
        assert.deepEqual(await everything(inner), before);
        assert.equal((await load(inner, `${path}file`)).toString(), 'content');
      });
    }
  }
});

test('PA-09 dotfiles are in no list, and no peek finds them', async () => {
  const inner = await filled();
  await store(inner, '/.env', 'SECRET=1');
  await required(inner, 'makeDir')(at('/.well-known'));
  await store(inner, '/.well-known/x', 'public');
  const tree = withoutDotfiles(inner);
  assert.deepEqual(await names(tree), ['.well-known', 'data', 'dir', 'file']);
  assert.equal(required(tree, 'peek')(at('/.env')), undefined);
  assert.ok(required(tree, 'peek')(at('/.well-known/x')));
  assert.deepEqual(await names(keptOut(inner, [at('/data')])), ['.env', '.git', '.well-known', 'dir', 'file']);
  const kept = keptOut(inner, [at('/data/dir')]);
  await assert.rejects(required(kept, 'rename')(at('/data'), at('/elsewhere'), { replace: false }), {
    code: 'CS_DENIED',
  });
});
