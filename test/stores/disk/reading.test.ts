/** What else happens to files that are read (field/web.md, "File system"). */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CsError } from '../../../src/kit/errors.ts';
import { fileError } from '../../../src/stores/disk/errors.ts';
import {
  at,
  CLOSED,
  entries,
  load,
  octets,
  refuses,
  required,
  store,
  text,
} from '../../conformance/file-tree-harness.ts';
import { diskPlace, freshDir, openDisk } from './place.ts';

test('file.md 47: a file that becomes shorter while it is read fails, one that grows ends where it was to end', async () => {
  await using place = await diskPlace();
  const bytes = octets(1_000_000);
  writeFileSync(join(place.dir, 'file'), bytes);
  for (const change of ['shorter', 'longer']) {
    await using file = await place.tree.open(at('/file'));
    const reading = file.read()[Symbol.asyncIterator]();
    let got = ((await reading.next()).value as Uint8Array).length;
    if (change === 'longer') appendFileSync(join(place.dir, 'file'), 'more');
    else truncateSync(join(place.dir, 'file'), 400_000);
    const rest = async () => {
      for (let next = await reading.next(); !next.done; next = await reading.next()) got += next.value.length;
      return got;
    };
    if (change === 'longer') assert.equal(await rest(), 1_000_000);
    else await refuses({}, 'CS_CHANGED', rest);
    writeFileSync(join(place.dir, 'file'), bytes);
  }
});

test('a file replaced within its second, with its size and its time, has another tag', async () => {
  await using place = await diskPlace();
  const path = join(place.dir, 'file');
  const tags = new Set<string>();
  for (const content of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
    writeFileSync(path, content);
    utimesSync(path, 1_000_000, 1_000_000);
    tags.add((await place.tree.stat(at('/file'))).tag);
  }
  for (const content of ['eeee', 'ffff']) {
    await store(place.tree, '/file', content, { mode: 'replace' }, { modified: 1_000_000_000 });
    tags.add((await place.tree.stat(at('/file'))).tag);
  }
  assert.equal(tags.size, 6);
});

test('a peek tells of no file outside, also when a link takes the place of a file that was looked at', async () => {
  await using place = await diskPlace();
  const outside = await freshDir();
  writeFileSync(join(outside, 'secret'), 'x');
  mkdirSync(join(place.dir, 'd'));
  writeFileSync(join(place.dir, 'd', 'secret'), 'y');
  const peek = required(place.tree, 'peek');
  assert.equal(peek(at('/d/secret')), undefined, 'nobody has looked yet');
  assert.equal((await place.tree.stat(at('/d/secret'))).size, 1);
  assert.ok(peek(at('/d/secret')));
  renameSync(join(place.dir, 'd'), join(place.dir, 'e'));
  symlinkSync(outside, join(place.dir, 'd'));
  assert.equal(peek(at('/d/secret')), undefined);
  symlinkSync(join(outside, 'secret'), join(place.dir, 'link'));
  assert.equal(peek(at('/link')), undefined);
});

test('a root that is a link works', async () => {
  const base = await freshDir();
  mkdirSync(join(base, 'real'));
  writeFileSync(join(base, 'real', 'x'), 'content');
  symlinkSync('real', join(base, 'root'));
  symlinkSync(join(base, 'root', 'x'), join(base, 'real', 'absolute'));
  symlinkSync(join(base, 'real', 'x'), join(base, 'real', 'real-absolute'));
  const { tree } = await openDisk(join(base, 'root'));
  assert.equal(await text(tree, '/x'), 'content');
  assert.equal(await text(tree, '/real-absolute'), 'content');
  assert.equal(await text(tree, '/absolute'), 'content', 'by the name that the root was given by');
});

test('a root that is no directory, or not there, is refused at the start', async () => {
  const base = await freshDir();
  writeFileSync(join(base, 'file'), '');
  await refuses({}, 'CS_NOT_DIRECTORY', () => openDisk(join(base, 'file')));
  await refuses({}, 'CS_NOT_FOUND', () => openDisk(join(base, 'none')));
});

test('whatever the system answers, the error is of the closed set and tells no place of the machine', () => {
  for (const code of ['EACCES', 'EPERM', 'EROFS', 'EIO', 'EMFILE', 'ENOSPC', 'EDQUOT', 'ELOOP', 'EXDEV', 'EUNKNOWN']) {
    const error = fileError(Object.assign(new Error(`${code}: /proc/self/fd/7/x`), { code }), at('/a/b'));
    assert.ok(CLOSED.includes(error.code), code);
    assert.match(error.message, /^\/a\/b /);
  }
  assert.equal(fileError(new TypeError('x'), at('/a')).code, 'CS_BUG');
});

test('no descriptor stays open, whatever failed', { skip: process.platform !== 'linux' }, async () => {
  await using place = await diskPlace({ durability: 'process' });
  const { tree } = place;
  await required(tree, 'makeDir')(at('/d'));
  await store(tree, '/d/x', octets(10_000));
  symlinkSync('/etc', join(place.dir, 'out'));
  symlinkSync('d', join(place.dir, 'in'));
  const round = async () => {
    const calls: (() => Promise<unknown>)[] = [
      () => load(tree, '/in/x'),
      () => load(tree, '/out/passwd'),
      () => tree.open(at('/d')),
      () => entries(tree, '/in'),
      () => entries(tree, '/d/x'),
      () => store(tree, '/d/x', 'y', { mode: 'new' }),
      () => store(tree, '/d/x', 'y', { mode: 'update', offset: 99_999 }),
      () => store(tree, '/d/y', 'y', { mode: 'replace', ifTag: 'other' }),
      () => store(tree, '/none/y', 'y'),
      () => store(tree, '/d/y', octets(2_000_000)),
      () => required(tree, 'rename')(at('/d/y'), at('/out/y'), { replace: true }),
      () => required(tree, 'rename')(at('/d/y'), at('/in/z'), { replace: false }),
      () => required(tree, 'copy')(at('/d/x'), at('/d'), { replace: true }),
      () => required(tree, 'hash')(at('/d/x'), 'sha1', { start: 5, end: 6 }),
      () => required(tree, 'remove')(at('/d'), 'directory'),
      () => required(tree, 'remove')(at('/d/z'), 'file'),
      async () => {
        const draft = await required(tree, 'write')(at('/d/s'), { mode: 'replace', stage: 's' });
        await draft.write(octets(5));
        await draft.abort({ keep: true });
        await required(tree, 'staged')(at('/d/s'), 's');
        await required(tree, 'stagedIn')(at('/d'));
        await store(tree, '/d/s', 'tail', { mode: 'replace', stage: 's', offset: 5 });
      },
    ];
    for (const call of calls)
      await call().catch((error: unknown) => assert.ok(error instanceof CsError, String(error)));
  };
  await round();
  const before = readdirSync('/proc/self/fd').length;
  for (let n = 0; n < 20; n++) await round();
  assert.equal(readdirSync('/proc/self/fd').length, before);
});
