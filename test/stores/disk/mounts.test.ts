/** file.md 43: other file systems inside the root. Needs the right to mount. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, load, names, octets, refuses, required, store, text } from '../../conformance/file-tree-harness.ts';
import { diskPlace } from './place.ts';

function mount(...args: string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

for (const [kind, arrange] of [
  ['another file system', (dir: string) => mount('-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', join(dir, 'mnt'))],
  ['the same file system, mounted once more', (dir: string) => mount('--bind', join(dir, 'real'), join(dir, 'mnt'))],
] as const) {
  test(`file.md 43: ${kind} inside the root takes files at once and whole; what cannot be renamed over there says so`, async (t) => {
    await using place = await diskPlace();
    const { tree, dir } = place;
    for (const name of ['real', 'mnt']) mkdirSync(join(dir, name));
    if (!arrange(dir)) {
      t.diagnostic('NOT CHECKED: no right to mount here');
      return;
    }
    try {
      const bytes = octets(2_000_000);
      const facts = await store(tree, '/mnt/file', bytes, { mode: 'new' }, { modified: 1_000_000 });
      assert.deepEqual(facts, await tree.stat(at('/mnt/file')));
      assert.ok((await load(tree, '/mnt/file')).equals(bytes));
      await refuses({}, 'CS_EXISTS', () => store(tree, '/mnt/file', 'x', { mode: 'new' }));
      await store(tree, '/mnt/file', ' more', { mode: 'update', offset: 3 });
      assert.equal((await tree.stat(at('/mnt/file'))).size, 8);
      const cut = await required(tree, 'write')(at('/mnt/cut'), { mode: 'new', stage: 's' });
      await cut.write(Buffer.from('12345'));
      await cut.abort({ keep: true });
      assert.equal((await required(tree, 'staged')(at('/mnt/cut'), 's'))?.length, 5);
      assert.deepEqual(
        (await required(tree, 'stagedIn')(at('/mnt'))).map(({ name }) => name),
        ['cut'],
      );
      await store(tree, '/mnt/cut', '678', { mode: 'new', stage: 's', offset: 5 });
      assert.equal(await text(tree, '/mnt/cut'), '12345678');
      await required(tree, 'copy')(at('/mnt/cut'), at('/copied'), { replace: false });
      await refuses({}, 'CS_UNSUPPORTED', () =>
        required(tree, 'rename')(at('/mnt/cut'), at('/moved'), { replace: true }),
      );
      assert.deepEqual(await names(tree, '/mnt'), ['cut', 'file']);
      assert.deepEqual(readdirSync(join(dir, 'mnt')).sort(), ['cut', 'file'], 'nothing temporary is left');
    } finally {
      execFileSync('umount', [join(dir, 'mnt')]);
    }
  });
}
