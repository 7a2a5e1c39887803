import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { extract } from 'tar-stream';
import type { FileEntry } from '../../../../src/contracts/files.ts';
import { CsError } from '../../../../src/kit/errors.ts';
import { filePath } from '../../../../src/kit/file-path.ts';
import { archiveReply } from '../../../../src/protocols/http/archive/reply.ts';
import { tarArchive } from '../../../../src/protocols/http/archive/tar.ts';
import { walk } from '../../../../src/protocols/http/archive/walk.ts';
import { attachment } from '../../../../src/protocols/shared/http/content-disposition.ts';
import { MapTree } from '../tree.ts';

const { signal } = new AbortController();
const LONG = `${'long '.repeat(40)}.txt`;
const FILES: Readonly<Record<string, string | Buffer | null>> = {
  '/box/a.txt': 'hello',
  '/box/empty': '',
  '/box/-rf': 'x',
  '/box/deep/er/b.bin': Buffer.alloc(300_000, 'ab'),
  '/box/none': null,
  '/box/Übergröße – 表.txt': 'utf8',
  [`/box/${LONG}`]: 'long',
  '/box/photo.jpg': Buffer.alloc(5000, 7),
  '/outside': 'not in it',
};

function ask(tree: MapTree, kind: string, path = 'box') {
  return archiveReply({
    tree,
    path: filePath(path.split('/').filter(Boolean)),
    shown: path.split('/').filter(Boolean),
    query: new URLSearchParams({ archive: kind }),
    signal,
  });
}

async function octets(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of body) parts.push(chunk);
  return Buffer.concat(parts);
}

/** What other people's programs unpack: path → content, directories as null. */
function unpacked(archive: Buffer, kind: 'tar' | 'zip'): Map<string, string | null> {
  const place = mkdtempSync(join(tmpdir(), 'cs-archive-'));
  try {
    const file = join(place, `x.${kind}`);
    writeFileSync(file, archive);
    const out = join(place, 'out');
    if (kind === 'tar') execFileSync('tar', ['--one-top-level=out', '-xf', file], { cwd: place });
    else execFileSync('python3', ['-m', 'zipfile', '-e', file, out]);
    const found = new Map<string, string | null>();
    for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
      const path = join(out, name);
      found.set(name, statSync(path).isDirectory() ? null : readFileSync(path, 'latin1'));
    }
    return found;
  } finally {
    rmSync(place, { recursive: true });
  }
}

for (const kind of ['tar', 'zip'] as const) {
  test(`a folder as ${kind}: others unpack every file and folder in it, and nothing else`, async () => {
    const tree = new MapTree(FILES);
    const reply = await ask(tree, kind);
    assert.equal(
      reply?.headers?.['Content-Disposition'],
      `attachment; filename="box.${kind}"; filename*=UTF-8''box.${kind}`,
    );
    const found = unpacked(await octets(reply?.body as AsyncIterable<Uint8Array>), kind);
    for (const [path, content] of Object.entries(FILES)) {
      if (!path.startsWith('/box/')) continue;
      const expected = content === null ? null : Buffer.from(content).toString('latin1');
      assert.equal(found.get(path.slice(1)), expected, path);
    }
    assert.ok([...found.keys()].every((name) => name === 'box' || name.startsWith('box/')));
    assert.equal(tree.open_, 0);
  });

  test(`${kind}: a reader that leaves stops the reading and closes what is open`, async () => {
    const big = new MapTree({ '/box/a': Buffer.alloc(20_000_000, 1), '/box/b': Buffer.alloc(20_000_000, 2) });
    const body = (await ask(big, kind))?.body as AsyncGenerator<Uint8Array>;
    for (let at = 0; at < 3; at++) await body.next();
    await body.return(undefined);
    assert.equal(big.open_, 0);
    assert.ok(big.read_ < 5_000_000, `${big.read_} octets were read for nobody`);
  });

  test(`${kind}: a reader that waits is waited for`, async () => {
    const big = new MapTree({ '/box/a': Buffer.alloc(20_000_000, 1) });
    const body = (await ask(big, kind))?.body as AsyncGenerator<Uint8Array>;
    await body.next();
    for (let at = 0; at < 50; at++) await new Promise(setImmediate);
    assert.ok(big.read_ < 5_000_000, `${big.read_} octets are held`);
    await body.return(undefined);
  });

  test(`${kind}: waiting often leaves no listener behind`, async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warned);
    const tree = new MapTree({ '/box/a': Buffer.alloc(5_000_000, 1), '/box/b': Buffer.alloc(5_000_000, 2) });
    const reply = await ask(tree, kind);
    assert.ok(reply);
    for await (const _chunk of reply.body as AsyncIterable<Uint8Array>) await turn();
    await turn();
    process.off('warning', warned);
    assert.deepEqual(warnings, []);
  });

  test(`${kind}: a file that breaks while it is read breaks the archive`, async () => {
    const tree = new MapTree({ '/box/a': 'x', '/box/b': Buffer.alloc(300_000) });
    const { open } = tree;
    tree.open = async (path) => {
      const file = await open.call(tree, path);
      if (path.at(-1) !== 'b') return file;
      return {
        ...file,
        async *read() {
          yield Buffer.alloc(1000);
          throw new CsError('CS_CHANGED', 'became shorter');
        },
      };
    };
    await assert.rejects(octets((await ask(tree, kind))?.body as AsyncIterable<Uint8Array>), { code: 'CS_CHANGED' });
    assert.equal(tree.open_, 0);
  });

  test(`${kind}: what is gone or denied meanwhile is left out`, async () => {
    const tree = new MapTree({ '/box/a': 'x' });
    tree.faults.open = 'CS_DENIED';
    const found = unpacked(await octets((await ask(tree, kind))?.body as AsyncIterable<Uint8Array>), kind);
    assert.equal(found.has('box/a'), false);
  });
}

test('PA-11 names are relative, below one folder, each once, no links', async () => {
  const tree = new MapTree(FILES);
  const names: string[] = [];
  const reader = extract();
  const read = (async () => {
    for await (const entry of reader) {
      names.push(entry.header.name);
      assert.ok(entry.header.type === 'file' || entry.header.type === 'directory');
      entry.resume();
    }
  })();
  reader.end(await octets(tarArchive(tree, walk(tree, filePath(['box']), 'box', 1000, signal), signal)));
  await read;
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^box\/(?!.*(?:^|\/)\.\.?(?:\/|$))/);
});

test('PA-11 too many entries: a zip is refused before it begins, a tar is cut', async () => {
  const tree = new MapTree();
  tree.stat = async () => ({ kind: 'directory', size: 0, modified: 0, tag: '' });
  tree.list = async function* () {
    for (let at = 0; at < 60_000; at++) {
      yield { name: `${at}`, kind: 'file', size: 0, modified: 0, tag: '' } as unknown as FileEntry;
    }
  };
  await assert.rejects(ask(tree, 'zip'), { status: 413 });
  await assert.rejects(octets(tarArchive(tree, walk(tree, [], 'x', 100, signal), signal)), { code: 'CS_LIMIT' });
});

test('a link that leads upwards is not followed for ever', async () => {
  const tree = new MapTree();
  tree.stat = async () => ({ kind: 'directory', size: 0, modified: 0, tag: 'top' });
  tree.list = async function* () {
    yield { name: 'loop', kind: 'directory', size: 0, modified: 0, tag: 'top' } as unknown as FileEntry;
    yield { name: 'sub', kind: 'directory', size: 0, modified: 0, tag: 'sub' } as unknown as FileEntry;
  };
  const names: string[] = [];
  for await (const { name } of walk(tree, [], 'x', 1000, signal)) names.push(name);
  assert.deepEqual(names, ['x/', 'x/sub/']);
});

test('only a directory, and only tar or zip', async () => {
  const tree = new MapTree(FILES);
  await assert.rejects(ask(tree, 'zip', 'outside'), { code: 'CS_NOT_FOUND' });
  await assert.rejects(ask(tree, 'rar'), { status: 400 });
  await assert.rejects(ask(tree, 'constructor'), { status: 400 });
  assert.equal(await archiveReply({ tree, path: [], shown: [], query: new URLSearchParams(), signal }), undefined);
});

test('names in Content-Disposition end no parameter and no line', () => {
  assert.equal(attachment('a"b\\c%.zip'), `attachment; filename="a_b_c_.zip"; filename*=UTF-8''a%22b%5Cc%25.zip`);
  assert.equal(attachment('é*\r\n.tar'), `attachment; filename="_*__.tar"; filename*=UTF-8''%C3%A9%2A%0D%0A.tar`);
});
