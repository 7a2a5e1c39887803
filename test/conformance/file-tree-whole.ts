/** A small file in one call is what it is in several: the same octets, the same refusals, nothing left behind. */
import assert from 'node:assert/strict';
import type { FileTree } from '../../src/contracts/files.ts';
import type { Check, TreeExpected } from './file-tree.ts';
import { at, everything, load, octets, refuses, required, store, text } from './file-tree-harness.ts';

/** As a listing says it, which is what callers know. */
async function listed(tree: FileTree, name: string) {
  for await (const entry of tree.list([])) if (entry.name === name) return entry;
  throw new Error(`${name} is not listed`);
}

export function fileWhole(check: Check, expected: TreeExpected): void {
  const has = (ability: TreeExpected['abilities'][number]): boolean => expected.abilities.includes(ability);
  const write = (tree: FileTree, path: string, content: Uint8Array | string, mode: 'new' | 'replace' = 'replace') =>
    required(tree, 'writeWhole')(at(path), { mode }, content.length === 0 ? [] : [Buffer.from(content)]);

  check('a small file goes and comes in one call each, octet for octet', async ({ tree }) => {
    for (const size of [0, 1, 700, 65_536, 300_000]) {
      const bytes = octets(size, size);
      const facts = await required(tree, 'writeWhole')(
        at('/file'),
        { mode: 'replace' },
        [bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)],
        { modified: 1_700_000_000_000 },
      );
      assert.equal(facts.size, size);
      assert.ok(Math.abs(facts.modified - 1_700_000_000_000) <= (expected.precision ?? 1));
      assert.ok((await load(tree, '/file')).equals(bytes), `${size} octets written`);
      const whole = await required(tree, 'readWhole')(at('/file'), await listed(tree, 'file'));
      assert.equal(whole.facts.size, size);
      assert.ok(Buffer.concat(whole.octets).equals(bytes), `${size} octets read`);
      if (has('tag')) assert.equal(whole.facts.tag, (await tree.stat(at('/file'))).tag);
    }
    assert.deepEqual(await everything(tree), ['/file']);
  });

  check('in one call a name that is taken is not taken, and a directory never', async ({ tree }) => {
    await store(tree, '/taken', 'as it was');
    await required(tree, 'makeDir')(at('/dir'));
    await refuses(expected, 'CS_EXISTS', () => write(tree, '/taken', 'other', 'new'));
    await refuses(expected, 'CS_IS_DIRECTORY', () => write(tree, '/dir', 'other'));
    await refuses(expected, 'CS_IS_DIRECTORY', () => write(tree, '/', 'other'));
    await refuses(expected, 'CS_NOT_FOUND', () => write(tree, '/nowhere/file', 'other'));
    assert.equal(await text(tree, '/taken'), 'as it was');
    assert.deepEqual(await everything(tree), ['/dir/', '/taken']);
  });

  check('of many that want a new name in one call, one gets it', async ({ tree }) => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => write(tree, '/new', `${n}`, 'new')));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(await everything(tree), ['/new']);
  });

  check('what a listing said is no reason to pass off another size', async ({ tree }) => {
    const read = required(tree, 'readWhole');
    await store(tree, '/file', 'what was listed');
    const known = await listed(tree, 'file');
    for (const content of ['short', 'longer than what was listed']) {
      await store(tree, '/file', content);
      const whole = await read(at('/file'), known).catch((error: { code?: string }) => error.code);
      // Who looks again may give the new version, but then says so.
      if (typeof whole === 'object') {
        assert.equal(whole.facts.size, content.length);
        assert.equal(Buffer.concat(whole.octets).toString(), content);
      } else assert.equal(whole, 'CS_CHANGED');
    }
    await required(tree, 'remove')(at('/file'), 'file');
    await refuses(expected, 'CS_NOT_FOUND', () => read(at('/file'), known));
  });

  check('an upload in one call begins where the order says', async ({ tree }) => {
    await store(tree, '/file', 'the head and the tail');
    await required(tree, 'writeWhole')(at('/file'), { mode: 'update', offset: 8 }, [Buffer.from(' is new')]);
    assert.equal(await text(tree, '/file'), 'the head is new');
  });
}
