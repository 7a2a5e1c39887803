import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HashName } from '../../src/contracts/files.ts';
import type { Check, TreeExpected } from './file-tree.ts';
import { at, entries, load, names, octets, refuses, required, store } from './file-tree-harness.ts';
import { whole } from './harness.ts';

/** Names that some protocol has mangled once. */
const NAMES = [
  'plain.txt',
  'two  words',
  ' leading',
  '-rf',
  'per%41cent%',
  'a#b?c&d=e;f',
  '<i>"\'`$(x)',
  '[abc]*{d,e}',
  'grüße-日本語-😀',
  'e\u0301 (decomposed)',
  '.hidden',
  '...',
  '~tilde~',
  'x'.repeat(255),
].filter((name) => !name.endsWith('.'));

export function fileReading(check: Check, expected: TreeExpected): void {
  const has = (ability: TreeExpected['abilities'][number]): boolean => expected.abilities.includes(ability);

  check('the root is a directory, empty at first', async ({ tree }) => {
    const { kind, size } = await tree.stat([]);
    assert.deepEqual({ kind, size }, { kind: 'directory', size: 0 });
    assert.deepEqual(await entries(tree), []);
  });

  check('what was stored comes back octet for octet, whole and in ranges', async ({ tree, fill }) => {
    for (const size of [0, 1, 4096, 65_537, 300_000, 2_500_000]) {
      const bytes = octets(size, size);
      await store(fill, '/file', bytes);
      await using file = await tree.open(at('/file'));
      assert.equal(file.facts.kind, 'file');
      assert.equal(file.facts.size, size);
      assert.ok((await whole(file.read())).equals(bytes), `${size} octets`);
    }
    const bytes = octets(2_500_000, 2_500_000);
    const ranges: [number, number | undefined][] = [
      [0, 1],
      [1_000_000, 1_000_001],
      [65_535, 65_538],
      [2_499_999, undefined],
      [1, 2_000_000],
      [7, 7],
      [2_400_000, 9_000_000],
    ];
    for (const [start, end] of ranges) {
      await using file = await tree.open(at('/file'));
      const part = await whole(file.read(end === undefined ? { start } : { start, end }));
      assert.ok(part.equals(bytes.subarray(start, end)), `octets ${start} to ${end}`);
    }
  });

  check('several readers of one file do not meet', async ({ tree, fill }) => {
    const bytes = octets(700_000);
    await store(fill, '/file', bytes);
    const all = await Promise.all(Array.from({ length: 4 }, () => load(tree, '/file')));
    for (const one of all) assert.ok(one.equals(bytes));
  });

  check('a reader that stops early leaves the tree usable', async ({ tree, fill }) => {
    await store(fill, '/file', octets(1_500_000));
    {
      await using file = await tree.open(at('/file'));
      for await (const chunk of file.read()) {
        assert.ok(chunk.length > 0);
        break;
      }
    }
    assert.equal((await load(tree, '/file')).length, 1_500_000);
  });

  if (has('readAt')) {
    check('octets are read into a buffer from any place', async ({ tree, fill }) => {
      const bytes = octets(500_000);
      await store(fill, '/file', bytes);
      await using file = await tree.open(at('/file'));
      assert.ok(file.readAt);
      const into = Buffer.alloc(100_000);
      for (const position of [0, 1, 250_000, 400_000]) {
        assert.equal(await file.readAt(into, position), 100_000);
        assert.ok(into.equals(bytes.subarray(position, position + 100_000)));
      }
      assert.equal(await file.readAt(into, 450_000), 50_000);
      assert.ok(into.subarray(0, 50_000).equals(bytes.subarray(450_000)));
      assert.equal(await file.readAt(into, 500_000), 0);
      assert.equal(await file.readAt(into, 900_000), 0);
      const parts = [Buffer.alloc(1000), Buffer.alloc(1000)];
      await Promise.all(parts.map((part, index) => file.readAt?.(part, index * 1000)));
      assert.ok(Buffer.concat(parts).equals(bytes.subarray(0, 2000)));
    });
  }

  check('a list shows the same facts as a look at each', async ({ tree, fill }) => {
    await required(fill, 'makeDir')(at('/d'));
    await required(fill, 'makeDir')(at('/d/e'));
    for (const [index, name] of ['a', 'b', 'c'].entries()) await store(fill, `/d/${name}`, octets(index * 1000));
    const listed = await entries(tree, '/d');
    assert.deepEqual(
      listed.map(({ name, kind, size }) => [name, kind, size]),
      [
        ['a', 'file', 0],
        ['b', 'file', 1000],
        ['c', 'file', 2000],
        ['e', 'directory', 0],
      ],
    );
    for (const { name, ...facts } of listed) {
      const looked = await tree.stat(at(`/d/${name}`));
      assert.equal(facts.kind, looked.kind);
      assert.equal(facts.size, looked.size);
      assert.ok(Math.abs(facts.modified - looked.modified) < (expected.precision ?? 1));
      if (facts.kind === 'file') assert.equal(facts.tag, looked.tag);
    }
    assert.deepEqual(await names(tree), ['d']);
    assert.deepEqual(await names(tree, '/d/e'), []);
  });

  check('names come back as they went in', async ({ tree, fill }) => {
    const wanted = NAMES.filter((name) => !expected.without?.test(name)).sort();
    for (const name of wanted) await store(fill, `/${name}`, name);
    assert.deepEqual(await names(tree), wanted);
    for (const name of wanted) assert.equal((await load(tree, `/${name}`)).toString(), name);
  });

  check('a directory of a thousand files is listed whole', async ({ tree, fill }) => {
    await required(fill, 'makeDir')(at('/many'));
    const wanted = Array.from({ length: 1000 }, (_, n) => `file-${String(n).padStart(4, '0')}`);
    for (let from = 0; from < wanted.length; from += 50) {
      await Promise.all(wanted.slice(from, from + 50).map((name) => store(fill, `/many/${name}`, name)));
    }
    assert.deepEqual(await names(tree, '/many'), wanted);
  });

  check('what is not there is not found; a file is no directory, a directory no file', async ({ tree, fill }) => {
    await store(fill, '/file', 'x');
    await required(fill, 'makeDir')(at('/dir'));
    const none = ['CS_NOT_FOUND', 'CS_NOT_DIRECTORY'] as const;
    for (const path of ['/none', '/none/x', '/dir/none', '/file/x']) {
      const codes = path === '/file/x' ? none : 'CS_NOT_FOUND';
      await refuses(expected, codes, () => tree.stat(at(path)));
      await refuses(expected, codes, () => tree.open(at(path)));
      await refuses(expected, codes, () => entries(tree, path));
    }
    await refuses(expected, 'CS_NOT_DIRECTORY', () => entries(tree, '/file'));
    await refuses(expected, 'CS_IS_DIRECTORY', () => tree.open(at('/dir')));
    await refuses(expected, 'CS_IS_DIRECTORY', () => tree.open([]));
  });

  if (has('tag')) {
    check('a tag is another one as soon as the content is', async ({ tree, fill }) => {
      const seen = new Set<string>();
      for (const content of ['one', 'two', 'two', 'tree']) {
        await store(fill, '/file', content);
        const { tag } = await tree.stat(at('/file'));
        assert.ok(tag !== '' && !seen.has(tag), 'a tag came again');
        seen.add(tag);
        assert.equal((await tree.stat(at('/file'))).tag, tag);
        await using file = await tree.open(at('/file'));
        assert.equal(file.facts.tag, tag);
      }
    });
  }

  if (has('hash')) {
    check('hashes are those of the content, whole and in ranges', async ({ tree, fill }) => {
      const bytes = octets(400_000);
      await store(fill, '/file', bytes);
      const hash = required(tree, 'hash');
      const known: HashName[] = ['sha256', 'sha512', 'sha1', 'md5', 'crc32'];
      let answered = 0;
      for (const name of known) {
        const right = (part: Buffer) =>
          name === 'crc32' ? crc32(part).toString(16).padStart(8, '0') : createHash(name).update(part).digest('hex');
        const got = await hash(at('/file'), name).catch((error: unknown) => {
          assert.equal((error as { code?: string }).code, 'CS_UNSUPPORTED');
          return undefined;
        });
        if (got === undefined) continue;
        answered += 1;
        assert.equal(got, right(bytes));
        const part = () => hash(at('/file'), name, { start: 10, end: 300_000 });
        if (expected.wholeHashes) await refuses({}, 'CS_UNSUPPORTED', part);
        else assert.equal(await part(), right(bytes.subarray(10, 300_000)));
      }
      assert.ok(answered > 0);
      await refuses({}, 'CS_UNSUPPORTED', () => hash(at('/file'), 'sha0' as HashName));
      await refuses(expected, 'CS_NOT_FOUND', () => hash(at('/none'), 'sha256'));
    });
  }

  if (has('peek')) {
    check('a peek is the same as a look, for files that were looked at', async ({ tree, fill }) => {
      const peek = required(tree, 'peek');
      await store(fill, '/file', 'one');
      await required(fill, 'makeDir')(at('/dir'));
      assert.deepEqual(await tree.stat(at('/file')), peek(at('/file')));
      await tree.stat(at('/dir'));
      for (const path of ['/none', '/dir', '/none/x', '/']) assert.equal(peek(at(path)), undefined);
      await store(fill, '/file', 'two!');
      const after = peek(at('/file'));
      assert.ok(after === undefined || after.size === 4);
      assert.deepEqual(await tree.stat(at('/file')), peek(at('/file')));
      await required(fill, 'remove')(at('/file'), 'file');
      assert.equal(peek(at('/file')), undefined);
    });
  }
}
