/** Lines of the field's own list of cases that no other file here is about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filePath } from '../../../src/kit/file-path.ts';
import { over } from '../../../src/stores/wrap/files/over.ts';
import { rights } from '../../../src/stores/wrap/files/rights.ts';
import { parseRights } from '../../../src/stores/wrap/files/rights-file.ts';
import { dial, talk, untilEnd } from '../shared/http/stage.ts';
import { ask, parse, type Stage, web } from './stage.ts';
import { MapTree } from './tree.ts';

const END = 'Host: localhost\r\nConnection: close\r\n\r\n';
const SITE = { 'a.txt': 'hello', 'index.html': '<h1>home</h1>' };

test('syntax: a few empty lines before a request are passed over', async () => {
  await using stage = await web(SITE);
  assert.match(await talk(stage, `\r\n\r\nGET /a.txt HTTP/1.1\r\n${END}`), /^HTTP\/1\.1 200 [\s\S]*hello$/);
});

test('syntax: OPTIONS * is 204 with Allow', async () => {
  await using stage = await web(SITE);
  const { status, headers } = await ask(stage, '*', [], 'OPTIONS');
  assert.deepEqual([status, headers.allow], [204, 'GET, HEAD, OPTIONS']);
});

test('syntax: a URI of 100 KB is 414 or 431, a field of 100 KB 431', async () => {
  await using stage = await web(SITE);
  assert.ok([414, 431].includes((await ask(stage, `/${'a'.repeat(100_000)}`)).status));
  assert.equal((await ask(stage, '/a.txt', [`X: ${'a'.repeat(100_000)}`])).status, 431);
});

test('syntax: fields in a trailer change nothing of a request', async () => {
  const tree = new MapTree({ '/a.txt': 'before' });
  await using stage = await web(tree);
  const trailer = 'Host: evil.example\r\nAuthorization: Basic YTpi\r\nIf-None-Match: *\r\n';
  const head = 'PUT /a.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTrailer: Host\r\n\r\n';
  const next = `GET /a.txt HTTP/1.1\r\n${END}`;
  const answer = await talk(stage, `${head}5\r\nafter\r\n0\r\n${trailer}\r\n${next}`);
  assert.match(answer, /^HTTP\/1\.1 204 [\s\S]*HTTP\/1\.1 200 [\s\S]*after$/);
  assert.equal(answer.match(/^HTTP\/1\.1 /gm)?.length, 2);
  const framing = await talk(stage, `${head}5\r\nother\r\n0\r\nContent-Length: 3\r\n\r\n${next}`);
  assert.match(framing, /^HTTP\/1\.1 400 /, 'what would frame it again is refused');
  assert.equal(framing.match(/^HTTP\/1\.1 /gm)?.length, 1);
  assert.equal(tree.text('/a.txt'), 'after');
});

test('a client that says FIN behind its requests still gets every answer', async () => {
  await using stage = await web({ 'big.bin': Buffer.alloc(300_000, 1), 'dir/a.txt': 'hello' });
  for (const target of ['/big.bin', '/dir/', '/dir/a.txt']) {
    for (const count of [1, 3]) {
      const socket = await dial(stage);
      const said = untilEnd(socket);
      socket.end(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(count));
      const answers = (await said).split(/(?=HTTP\/1\.1 200 OK\r\n)/);
      assert.equal(answers.length, count, `${target}: ${answers.length} of ${count}`);
      if (target !== '/big.bin') continue;
      for (const answer of answers) assert.equal(parse(answer).raw.length, 300_000);
    }
  }
});

test('a method that a name which is there does not have is 405 with the flag that opens it, of one that is not 404', async () => {
  const tree = new MapTree({ '/a.txt': 'x' });
  await using stage = await web(over(tree, { remove: undefined }));
  for (const method of ['DELETE', 'POST', 'PATCH']) {
    const { status, headers, body } = await ask(stage, '/a.txt', ['Content-Length: 0'], method);
    assert.equal(status, 405, method);
    assert.ok(!headers.allow?.split(', ').includes(method), headers.allow);
    if (method === 'DELETE') assert.match(body, /--delete/);
    assert.equal((await ask(stage, '/missing', ['Content-Length: 0'], method)).status, 404, method);
  }
  assert.equal(tree.text('/a.txt'), 'x');
});

test('path: an auth rule holds for every spelling of its path', async () => {
  const tree = new MapTree({ '/private/s.txt': 'the secret', '/open.txt': 'open' });
  const rules = parseRights('-  /  list read\n-  /private  none');
  const seen = rights(() => rules)(tree, { user: '', server: 'http', conn: '1' });
  for (const fastPath of ['on', 'off'] as const) {
    await using stage = await web(seen, { fastPath });
    assert.equal((await ask(stage, '/open.txt')).body, 'open');
    for (const spelled of [
      '/private/s.txt',
      '/%70rivate/s.txt',
      '//private/s.txt',
      '/private//s.txt',
      '/private/%73.txt',
      '/private%2Fs.txt',
      '/private%5Cs.txt',
      '/private/s.txt/',
      '/private;p/s.txt',
      '/PRIVATE/s.txt',
      '/private/./s.txt',
      '/open.txt/../private/s.txt',
    ]) {
      const { status, body } = await ask(stage, spelled);
      assert.ok([400, 401, 403, 404].includes(status), `${spelled}: ${status}`);
      assert.doesNotMatch(body, /the secret/, spelled);
    }
  }
});

test('file system: unreadable is 403; a root that comes back is served again', async () => {
  const tree = new MapTree({ '/a.txt': 'x'.repeat(100_000) });
  await using stage = await web(tree, { memory: 0 });
  tree.faults.open = 'CS_DENIED';
  assert.equal((await ask(stage, '/a.txt')).status, 403);
  tree.faults.open = 'CS_NOT_FOUND';
  assert.equal((await ask(stage, '/a.txt')).status, 404);
  delete tree.faults.open;
  assert.equal((await ask(stage, '/a.txt')).status, 200);
});

test('file system: a file that grows meanwhile is sent as long as it was announced', async () => {
  const size = 3_000_000;
  const grown = {
    facts: { kind: 'file', size, modified: 0, tag: 't' },
    read: async function* () {},
    readAt: async (into: Uint8Array) => into.fill(0x78).length,
    [Symbol.asyncDispose]: async () => {},
  } as const;
  const tree = new MapTree({ '/a.txt': '' });
  await using stage = await web(
    { stat: async () => grown.facts, list: (path) => tree.list(path), open: async () => grown },
    { memory: 0 },
  );
  const socket = await dial(stage);
  const answered = untilEnd(socket);
  socket.write(`GET /a.bin HTTP/1.1\r\nHost: localhost\r\n\r\nGET /a.bin HTTP/1.1\r\n${END}`);
  const answer = await answered;
  const [, length] = /\r\nContent-Length: (\d+)\r\n/.exec(answer) ?? [];
  assert.equal(Number(length), size);
  assert.equal(answer.match(/HTTP\/1\.1 200 /g)?.length, 2, 'the second answer begins where the first ends');
  assert.equal(answer.replace(/HTTP\/1\.1[\s\S]*?\r\n\r\n/g, '').length, 2 * size);
});

test('conditions: a file that is not there is 404 whatever is asked; a 304 keeps what caches need, and has no content', async () => {
  await using stage = await web(SITE);
  for (const condition of [
    'If-Match: "x"',
    'If-None-Match: *',
    'If-Match: *',
    'If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT',
  ]) {
    assert.equal((await ask(stage, '/none.txt', [condition])).status, 404, condition);
  }
  const full = await ask(stage, '/a.txt');
  const same = await ask(stage, '/a.txt', [`If-None-Match: ${full.headers.etag}`]);
  assert.equal(same.status, 304);
  for (const name of ['etag', 'vary', 'cache-control']) assert.equal(same.headers[name], full.headers[name], name);
  assert.match(same.headers.date ?? '', /GMT$/);
  assert.equal(same.body, '');
});

test('browser: a malformed Origin is refused for changes, and others are served', async () => {
  const tree = new MapTree();
  await using stage = await web(tree);
  for (const origin of ['http://[', '%', 'javascript:alert(1)', 'http://localhost:99999', 'null', '\x7f', 'file://']) {
    assert.ok([400, 403].includes(await changing(stage, origin)), JSON.stringify(origin));
  }
  assert.equal(tree.nodes.size, 1);
  assert.equal((await ask(stage, '/')).status, 200);
});

async function changing(stage: Stage, origin: string): Promise<number> {
  return (await ask(stage, '/x', [`Origin: ${origin}`, 'Content-Length: 0'], 'PUT')).status;
}

test('names of a tree are names, not paths', () => {
  assert.throws(() => filePath(['..']), { code: 'CS_INPUT' });
  assert.throws(() => filePath(['a/b']), { code: 'CS_INPUT' });
});
