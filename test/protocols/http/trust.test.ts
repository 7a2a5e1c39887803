/** The trust cases of the web, on everything that this server offers: pages, archives, uploads, captures, counters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Auth } from '../../auth/fixture.ts';
import { dial, untilEnd } from '../shared/http/stage.ts';
import { file, form, request, type Said, say } from './say.ts';
import { parse, type Stage, web } from './stage.ts';
import { MapTree } from './tree.ts';

const TUS = { 'Tus-Resumable': '1.0.0' };
const named = (name: string): string => `filename ${Buffer.from(name).toString('base64')}`;
const CREATE = { ...TUS, 'Upload-Length': '3', 'Upload-Metadata': named('new') };

/** Every way to ask for something, and every way to change something. */
const READING: readonly [string, string, Said?][] = [
  ['GET', '/'],
  ['HEAD', '/'],
  ['GET', '/a.txt'],
  ['GET', '/?format=json'],
  ['GET', '/?format=html&q=a'],
  ['GET', '/dir/?archive=zip'],
  ['GET', '/dir/?archive=tar'],
  ['GET', '/metrics'],
];
const CHANGING: readonly [string, string, Said?][] = [
  ['PUT', '/a.txt', { body: 'x' }],
  ['PUT', '/new/deep', { body: 'x' }],
  ['DELETE', '/a.txt'],
  ['POST', '/', form([{ head: file('file', 'new'), body: 'x' }])],
  ['POST', '/?overwrite=1', form([{ head: file('file', 'a.txt'), body: 'x' }])],
  ['POST', '/', { headers: CREATE }],
  ['POST', '/', { headers: { ...CREATE, 'Content-Type': 'application/offset+octet-stream' }, body: 'abc' }],
  ['PATCH', '/a.txt', { headers: TUS, body: 'x' }],
  ['POST', '/hook', { body: 'x' }],
];

async function everything(): Promise<{ stage: Stage; tree: MapTree; same: () => void } & AsyncDisposable> {
  const tree = new MapTree({ '/a.txt': 'hello', '/dir/b.txt': 'inside' });
  const { accounts } = new Auth({ mode: 'any' });
  const options = { capture: ['/hook'], metrics: '/metrics', maxUpload: 10_000 };
  const stage = await web(tree, options, {}, { services: { accounts } });
  const before = JSON.stringify([...tree.nodes]);
  const same = (): void => {
    assert.equal(JSON.stringify([...tree.nodes]), before);
    assert.deepEqual([tree.stages.size, tree.open_], [0, 0]);
  };
  return { stage, tree, same, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

for (const host of ['evil.example', '127.0.0.1.nip.io', 'localhost.evil', '0.0.0.0', '[::1%25x]']) {
  test(`HT-22 Host ${host}: nothing of it is answered`, async () => {
    await using at = await everything();
    for (const [method, target, said = {}] of [...READING, ...CHANGING]) {
      const answer = await say(at.stage, method, target, { ...said, headers: { ...said.headers, Host: host } });
      assert.ok(answer.status === 403 || answer.status === 400, `${method} ${target}: ${answer.status}`);
      if (answer.status === 403 && method !== 'HEAD') assert.match(answer.body, /--allow-host/);
    }
    at.same();
  });
}

for (const [name, headers] of [
  ['Origin: https://evil', { Origin: 'https://evil.example' }],
  ['Origin: null', { Origin: 'null' }],
  ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
] as readonly [string, Record<string, string>][]) {
  test(`HT-23 ${name}: nothing is changed, nothing is captured`, async () => {
    await using at = await everything();
    for (const [method, target, said = {}] of CHANGING) {
      const answer = await say(at.stage, method, target, { ...said, headers: { ...said.headers, ...headers } });
      assert.equal(answer.status, 403, `${method} ${target}`);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
    assert.ok(at.stage.requests.every((fact) => fact.captured === undefined));
    at.same();
  });
}

test('HT-24 no GET changes anything, whatever it says', async () => {
  await using at = await everything();
  const { location } = (await say(at.stage, 'POST', '/', { headers: CREATE })).headers;
  const staged = JSON.stringify([...at.tree.stages]);
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    for (const target of ['/a.txt', '/', '/?overwrite=1&delete=1&action=delete', location!, '/?_method=DELETE']) {
      for (const headers of [
        {},
        { 'X-HTTP-Method-Override': 'DELETE' },
        { ...TUS, 'X-HTTP-Method-Override': 'DELETE' },
        { ...TUS, 'X-HTTP-Method-Override': 'PATCH', 'Upload-Offset': '0' },
      ] as Record<string, string>[]) {
        await say(at.stage, method, target, { headers, body: 'xyz' });
      }
    }
  }
  assert.equal(JSON.stringify([...at.tree.stages]), staged);
  at.tree.stages.clear();
  at.same();
});

test('HT-27 content without end in 1-byte chunks: 413, nothing of it stays', async () => {
  await using at = await everything();
  const chunked = { 'Transfer-Encoding': 'chunked' };
  for (const [method, target, headers] of [
    ['PUT', '/new', chunked],
    ['POST', '/hook', chunked],
    ['POST', '/', { ...chunked, 'Content-Type': 'multipart/form-data; boundary=X' }],
  ] as const) {
    for (const extension of ['', `;e=${'a'.repeat(10_000)}`]) {
      const socket = await dial(at.stage);
      const answer = untilEnd(socket);
      let over = false;
      void answer.then(() => {
        over = true;
      });
      socket.write(request(method, target, { headers }));
      if (headers['Transfer-Encoding'] && target === '/') socket.write(chunk(`--X\r\n${file('f', 'new')}\r\n\r\n`));
      const piece = Buffer.from(`1${extension}\r\nx\r\n`.repeat(extension === '' ? 4000 : 10));
      let sent = 0;
      for (; !over && sent < 64_000_000; sent += piece.length) {
        if (!socket.write(piece)) await Promise.race([answer, new Promise((done) => socket.once('drain', done))]);
        await new Promise(setImmediate);
      }
      assert.equal(parse(await answer).status, 413, `${method} ${target}`);
      assert.ok(sent < 8_000_000, `${sent}`);
      socket.destroy();
    }
  }
  while (at.tree.open_ > 0) await new Promise(setImmediate);
  at.same();
});

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

test('HT-28 a compressed upload of any kind: 415, nothing of it stays', async () => {
  await using at = await everything();
  const body = gzipSync(Buffer.alloc(1 << 20));
  const multipart = { 'Content-Type': 'multipart/form-data; boundary=X' };
  for (const coding of ['gzip', 'br', 'deflate']) {
    const coded = { 'Content-Encoding': coding };
    for (const [method, target, headers] of [
      ['PUT', '/a.txt', coded],
      ['PUT', '/new', coded],
      ['POST', '/', { ...coded, ...multipart }],
      ['POST', '/hook', coded],
    ] as const) {
      assert.equal((await say(at.stage, method, target, { headers, body })).status, 415, `${method} ${target}`);
    }
  }
  at.same();
});

test('HT-30 prototypes are names like others: of files, users, query keys, directories', async () => {
  await using at = await everything();
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const Authorization = `Basic ${Buffer.from(`${name}:x`).toString('base64')}`;
    const put = await say(at.stage, 'PUT', `/${name}/${name}`, { headers: { Authorization, [name]: 'x' }, body: name });
    assert.equal(put.status, 201);
    assert.equal((await say(at.stage, 'GET', `/${name}/${name}?${name}=${name}`)).body, name);
    const listed = await say(at.stage, 'GET', `/${name}/?format=text&${name}=1`);
    assert.ok(listed.body.includes(`\n${name}\n`), listed.body);
    assert.equal((await say(at.stage, 'GET', `/?format=${name}`)).status, 400);
    assert.equal((await say(at.stage, 'GET', `/${name}/?archive=${name}`)).status, 400);
  }
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

test('HT-33 no redirect leads to another site, and no name adds a header', async () => {
  await using at = await everything();
  at.tree.put('/evil.example', null);
  at.tree.put('/evil.example/in', null);
  for (const target of [
    '//evil.example',
    '/%2fevil.example',
    '/\\evil.example',
    '//evil.example/in',
    '/evil.example?next=//evil',
  ]) {
    const { location } = (await say(at.stage, 'GET', target)).headers;
    if (location !== undefined) assert.match(location, /^\/[^/\\]/, target);
  }
  const sent = form([{ head: file('file', 'x'), body: 'x' }]);
  const headers = { ...sent.headers, Accept: 'text/html' };
  for (const target of [
    '//evil.example/in/',
    '/evil.example/in/?next=https://evil',
    '///evil.example/in/?overwrite=1',
  ]) {
    const answer = await say(at.stage, 'POST', `${target}${target.includes('?') ? '&' : '?'}overwrite=1`, {
      ...sent,
      headers,
    });
    assert.deepEqual([answer.status, answer.headers.location], [303, '/evil.example/in/'], target);
  }
  for (const target of ['/%0d%0aX-Evil:%20a', '/?q=%0d%0aX-Evil:%20a&format=html', '/dir%0d%0a/?archive=zip']) {
    assert.equal((await say(at.stage, 'GET', target)).headers['x-evil'], undefined, target);
  }
  const evil = await say(at.stage, 'POST', '/', {
    headers: { ...TUS, 'Upload-Length': '1', 'Upload-Metadata': named('a\r\nX-Evil: b') },
  });
  assert.deepEqual([evil.status, evil.headers['x-evil']], [400, undefined]);
});

test('HT-35 overloaded: 503 before anything is read or opened', async () => {
  const tree = new MapTree({ '/a.txt': 'hello' });
  await using stage = await web(tree, { fastPath: 'off' }, {}, { overloaded: () => true });
  for (const [method, target, said = {}] of [...READING, ...CHANGING]) {
    const answer = await say(stage, method, target, { ...said, headers: { ...said.headers, Expect: '100-continue' } });
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1'], `${method} ${target}`);
  }
  assert.deepEqual([tree.nodes.size, tree.open_, tree.read_], [2, 0, 0]);
});
