import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { FileEntry } from '../../../../src/contracts/files.ts';
import { filePath, isFileName } from '../../../../src/kit/file-path.ts';
import { entryHref } from '../../../../src/protocols/http/listing/markup.ts';
import { naturalKey, SortedEntries } from '../../../../src/protocols/http/listing/order.ts';
import { PAGE_POLICY } from '../../../../src/protocols/http/listing/page.ts';
import { readQuestion } from '../../../../src/protocols/http/listing/question.ts';
import { listingReply } from '../../../../src/protocols/http/listing/reply.ts';
import { fc } from '../../../property.ts';
import { MapTree, readOnly } from '../tree.ts';

async function list(tree: MapTree, target = '', accept?: string, readable = false) {
  const { pathname, searchParams } = new URL(target, 'http://x/');
  const path = filePath(decodeURIComponent(pathname).split('/').filter(Boolean));
  const reply = await listingReply({
    tree: readable ? readOnly(tree) : tree,
    path,
    shown: path,
    query: searchParams,
    accept,
    signal: new AbortController().signal,
  });
  let body = '';
  for await (const chunk of reply.body as AsyncIterable<string>) body += chunk;
  return { ...reply, type: reply.headers?.['Content-Type'], body };
}

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const FILES = { '/a/b.txt': 'hello', '/a/file10': '', '/a/file2': 'xy', '/a/Ärger': 'z', '/a/dir': null };

test('Accept and ?format= choose page, plain index, JSON or text', async () => {
  const tree = new MapTree(FILES);
  for (const [accept, type, begins] of [
    [BROWSER, 'text/html; charset=utf-8', '<!DOCTYPE html>\n<html lang="en">'],
    [undefined, 'text/html; charset=utf-8', '<!DOCTYPE html>\n<html>\n<head>'],
    ['*/*', 'text/html; charset=utf-8', '<!DOCTYPE html>\n<html>\n<head>'],
    ['application/json', 'application/json; charset=utf-8', '{"schema":"cs.listing/1","path":"/a","entries":['],
    ['text/plain', 'text/plain; charset=utf-8', 'dir/\n'],
    ['text/html;q=0.2, application/json;q=0.9', 'application/json; charset=utf-8', '{'],
    ['text/html;q=0, application/json;q=0, */*', 'text/html; charset=utf-8', '<!DOCTYPE html>\n<html>\n<head>'],
  ] as const) {
    const reply = await list(tree, '/a/', accept);
    assert.equal(reply.type, type, accept);
    assert.ok(reply.body.startsWith(begins), `${accept}: ${reply.body.slice(0, 60)}`);
    assert.equal(reply.headers?.Vary, 'Accept');
  }
  assert.match((await list(tree, '/a/?format=json', BROWSER)).body, /^\{/);
  assert.match((await list(tree, '/a/?format=index', BROWSER)).body, /<pre>/);
  await assert.rejects(list(tree, '/a/?format=constructor'), { status: 400 });
});

test('JSON tells name, kind, size, time and tag, directories first, in natural order', async () => {
  const { body } = await list(new MapTree(FILES), '/a/?format=json');
  const { entries } = JSON.parse(body) as { entries: { name: string; kind: string; size: number; modified: string }[] };
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['dir', 'Ärger', 'b.txt', 'file2', 'file10'],
  );
  assert.deepEqual(entries[2], {
    name: 'b.txt',
    kind: 'file',
    size: 5,
    modified: '2026-01-02T12:00:00.000Z',
    tag: createHash('sha256').update('hello').digest('hex').slice(0, 16),
  });
});

test('sort, order and q hold on every format', async () => {
  const tree = new MapTree(FILES);
  const text = async (query: string) => (await list(tree, `/a/?format=text&${query}`)).body.trim().split('\n');
  assert.deepEqual(await text('sort=size&order=desc'), ['dir/', 'b.txt', 'file2', 'Ärger', 'file10']);
  assert.deepEqual(await text('order=desc'), ['dir/', 'file10', 'file2', 'b.txt', 'Ärger']);
  assert.deepEqual(await text('q=ARGER'), ['Ärger']);
  assert.deepEqual(await text('q=nothing'), ['']);
  for (const query of ['sort=x', 'sort=__proto__', 'order=up', 'page=0', 'page=-1', 'page=1e3']) {
    await assert.rejects(text(query), { status: 400 }, query);
  }
});

test('39 <"&\' and worse in names are escaped in page, index, JSON and text', async () => {
  const name = `<img src=x onerror=alert(1)> "&' \u202e.txt`;
  const tree = new MapTree({ [`/${name}`]: '' });
  for (const format of ['html', 'index']) {
    const { body } = await list(tree, `/?format=${format}`);
    assert.doesNotMatch(body, /<img|\u202e/);
    assert.match(body, /&lt;img src=x onerror=alert\(1\)&gt; &quot;&amp;&#39; \\u202e\.txt/);
    assert.match(body, /href="\.\/%3Cimg%20src%3Dx%20onerror%3Dalert\(1\)%3E%20%22%26&#39;%20%E2%80%AE\.txt"/);
  }
  assert.doesNotMatch((await list(tree, '/?format=text')).body, /\u202e/);
  assert.equal(JSON.parse((await list(tree, '/?format=json')).body).entries[0].name, name);
  const search = await list(tree, `/?format=html&q=${encodeURIComponent('"><script>')}`);
  assert.match(search.body, /value="&quot;&gt;&lt;script&gt;"/);
});

test('an entry called javascript:x is linked as ./javascript:x', () => {
  assert.equal(entryHref({ name: 'javascript:x' as never, kind: 'file' }), './javascript%3Ax');
  const page = new URL('http://localhost/a/');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter(isFileName), (name) => {
      const href = entryHref({ name: name as never, kind: 'file' })
        .replaceAll('&#39;', "'")
        .replaceAll('&amp;', '&');
      const { origin, pathname, search, hash } = new URL(href, page);
      assert.equal(origin, page.origin);
      assert.equal(decodeURIComponent(pathname), `/a/${name}`);
      assert.equal(search + hash, '');
    }),
  );
});

test('the page loads nothing, runs only its own script and style, and offers uploads where they can be had', async () => {
  const tree = new MapTree(FILES);
  const { body, headers } = await list(tree, '/a/', BROWSER);
  assert.equal(headers?.['Content-Security-Policy'], PAGE_POLICY);
  // Under `no-referrer` a browser says `Origin: null` of its form, and is refused.
  assert.equal(headers?.['Referrer-Policy'], 'same-origin');
  for (const [tag, directive] of [
    ['script', 'script-src'],
    ['style', 'style-src'],
  ]) {
    const found = [...body.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text]) => text!);
    assert.equal(found.length, 1);
    const hash = createHash('sha256').update(found[0]!).digest('base64');
    assert.ok(PAGE_POLICY.includes(`${directive} 'sha256-${hash}'`));
  }
  assert.doesNotMatch(body, / style=| on[a-z]+="|https?:\/\/(?!www\.w3\.org)/);
  assert.match(body, /<form class="send"/);
  assert.doesNotMatch((await list(tree, '/a/', BROWSER, true)).body, /<form class="send"|id="choose"/);
});

test('what the tree says of the directory is said before the answer begins', async () => {
  const tree = new MapTree(FILES);
  await assert.rejects(list(tree, '/missing/'), { code: 'CS_NOT_FOUND' });
  await assert.rejects(list(tree, '/a/b.txt'), { code: 'CS_NOT_DIRECTORY' });
});

test('an answer that nobody reads closes the directory', async () => {
  let open = 0;
  const tree = new MapTree(FILES);
  const list = tree.list.bind(tree);
  tree.list = async function* (path) {
    open += 1;
    try {
      yield* list(path);
    } finally {
      open -= 1;
    }
  };
  const order = { tree, path: filePath(['a']), shown: ['a'], query: new URLSearchParams(), accept: BROWSER };
  for (const read of [0, 1]) {
    const reply = await listingReply({ ...order, signal: new AbortController().signal });
    const iterator = (reply.body as AsyncIterable<string>)[Symbol.asyncIterator]();
    for (let at = 0; at < read; at++) await iterator.next();
    assert.equal(open, 1);
    await iterator.return?.();
    assert.equal(open, 0);
  }
});

test('200,000 entries: paged for people, whole for programs, others are served meanwhile', async () => {
  const COUNT = 200_000;
  const tree = new MapTree();
  tree.list = async function* () {
    // Scattered, so that no run holds what belongs together.
    for (let at = 0; at < COUNT; at++) {
      const number = (at * 7919) % COUNT;
      yield { name: `entry-${number}.txt`, kind: 'file', size: number, modified: 0, tag: '' } as unknown as FileEntry;
    }
  };
  let turns = 0;
  const count = (): void => {
    turns += 1;
    immediate = setImmediate(count);
  };
  let immediate = setImmediate(count);
  const page = await list(tree, '/?page=2', BROWSER);
  const others = turns;
  const { body } = await list(tree, '/?format=json');
  clearImmediate(immediate);
  const rows = [...page.body.matchAll(/<tr role="row" data-n="([^"]+)"/g)].map(([, name]) => name);
  assert.equal(rows.length, 1000);
  assert.deepEqual([rows[0], rows[999]], ['entry-1000.txt', 'entry-1999.txt']);
  assert.match(page.body, /200,000 entries/);
  assert.match(page.body, /Page 2 of 200/);
  assert.ok(others >= 24, `${others} turns of the loop`);
  const { entries } = JSON.parse(body) as { entries: { name: string }[] };
  assert.equal(entries.length, COUNT);
  assert.equal(entries[123_456]?.name, 'entry-123456.txt');
});

test('more entries than memory is for are refused', async () => {
  async function* many(): AsyncGenerator<FileEntry> {
    for (;;) yield { name: 'x', kind: 'file', size: 0, modified: 0, tag: '' } as unknown as FileEntry;
  }
  await assert.rejects(SortedEntries.of(many(), { by: 'name', descending: false }, 'y', 5000), { code: 'CS_LIMIT' });
});

test('runs are merged into what sorting all at once gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ name: fc.string(), size: fc.nat(9), dir: fc.boolean() }), { maxLength: 50 }),
      fc.constantFrom('name', 'size', 'time'),
      fc.boolean(),
      async (given, by, descending) => {
        const entries = given.map(
          ({ name, size, dir }) => ({ name, size, kind: dir ? 'directory' : 'file', modified: size, tag: '' }) as never,
        ) as FileEntry[];
        const sorted = await SortedEntries.of(from(entries), { by, descending } as never);
        const out: FileEntry[] = [];
        for await (const group of sorted.groups()) out.push(...group);
        assert.equal(out.length, entries.length);
        const kinds = out.map(({ kind }) => kind);
        assert.ok(kinds.lastIndexOf('directory') < (kinds.indexOf('file') + 1 || Number.POSITIVE_INFINITY));
        const values = out.filter(({ kind }) => kind === 'file').map(({ size }) => size);
        if (by !== 'name')
          assert.deepEqual(
            values,
            [...values].sort((a, b) => (descending ? b - a : a - b)),
          );
      },
    ),
  );
});

async function* from<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

test('numbers in names count as numbers', () => {
  const names = ['a', 'a1', 'a2', 'a10', 'a010b', 'b', 'é', 'f'];
  const sorted = [...names].reverse().sort((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : 1));
  assert.deepEqual(sorted, names);
});

test('a question is read with its defaults', () => {
  assert.deepEqual(readQuestion(new URLSearchParams(), undefined), {
    format: 'index',
    order: { by: 'name', descending: false },
    search: '',
    page: 1,
  });
});
