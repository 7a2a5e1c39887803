import assert from 'node:assert/strict';
import { test } from 'node:test';
import { talk } from '../shared/http/stage.ts';
import { ask, parse, treeOf, web } from './stage.ts';

const SITE = {
  'index.html': '<h1>home</h1>',
  'about.html': 'about us',
  'app.3f2a9c1b.js': 'run()',
  'docs/index.html': 'the docs',
  'docs/a b.txt': 'spaced',
  'box/one.bin': 'x',
  'empty.txt': '',
};

const PAGE = ['Accept: text/html,*/*'];

const ROWS: readonly [string, number, string | undefined][] = [
  ['/', 200, '<h1>home</h1>'],
  ['/index.html', 200, '<h1>home</h1>'],
  ['/about', 200, 'about us'],
  ['/about.html', 200, 'about us'],
  ['/about/', 404, undefined],
  ['/about.html/', 404, undefined],
  ['/docs/', 200, 'the docs'],
  ['/docs/a%20b.txt', 200, 'spaced'],
  ['/empty.txt', 200, ''],
  ['/nothing', 404, undefined],
  ['/con', 404, undefined],
  ['/file.', 404, undefined],
  ['/C:x', 404, undefined],
  ['/a::$DATA', 404, undefined],
  ['/PROGRA~1', 404, undefined],
  ['/..;/index.html', 404, undefined],
  ['/%252e%252e/index.html', 404, undefined],
];
for (const [target, status, body] of ROWS) {
  test(`GET ${target}: ${status}`, async () => {
    await using stage = await web(SITE);
    const answer = await ask(stage, target);
    assert.equal(answer.status, status);
    if (body !== undefined) assert.equal(answer.body, body);
  });
}

test('a file says what it is, and how long it may be kept', async () => {
  await using stage = await web(SITE);
  const { headers } = await ask(stage, '/docs/a%20b.txt');
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(headers['last-modified'], 'Wed, 07 Jan 2026 10:00:00 GMT');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(headers['accept-ranges'], 'bytes');
  assert.match(headers.etag ?? '', /^"[^"]+"$/);
  assert.equal(headers['content-security-policy'], undefined);
  assert.equal((await ask(stage, '/app.3f2a9c1b.js')).headers['cache-control'], 'public, max-age=31536000, immutable');
});

test('HEAD is GET without its content', async () => {
  await using stage = await web(SITE);
  const { date: _get, ...get } = (await ask(stage, '/about')).headers;
  const head = await ask(stage, '/about', [], 'HEAD');
  const { date: _head, ...headers } = head.headers;
  assert.deepEqual(headers, get);
  assert.equal(head.body, '');
});

test('a directory without its slash is redirected, with its query, never to another host', async () => {
  await using stage = await web({ ...SITE, 'a?b/index.html': 'odd' });
  assert.equal((await ask(stage, '/docs?x=1&y')).headers.location, '/docs/?x=1&y');
  assert.equal((await ask(stage, '/a%3fb')).headers.location, '/a%3Fb/');
  const inside = await ask(stage, '//localhost/docs');
  assert.equal(inside.status, 404);
  assert.equal(inside.headers.location, undefined);
  assert.equal((await ask(stage, '//docs')).headers.location, '/docs/');
  for (const target of ['/%2fdocs', '/%5cdocs', '/\\docs']) {
    const { status, headers } = await ask(stage, target);
    assert.equal(status, 400);
    assert.equal(headers.location, undefined);
  }
});

test('another method is 405 with Allow; OPTIONS says the same', async () => {
  await using stage = await web(SITE);
  const refused = await ask(stage, '/about', ['Content-Length: 0'], 'POST');
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.allow, 'GET, HEAD, OPTIONS');
  const options = await ask(stage, '/about', [], 'OPTIONS');
  assert.equal(options.status, 204);
  assert.equal(options.headers.allow, 'GET, HEAD, OPTIONS');
  assert.equal((await ask(stage, '*', [], 'OPTIONS')).status, 204);
  assert.equal((await ask(stage, '/about', [], 'TRACE')).status, 405);
});

test('an application answers unknown pages, not missing parts of them', async () => {
  await using stage = await web(SITE, { spa: true });
  assert.equal((await ask(stage, '/users/7', PAGE)).body, '<h1>home</h1>');
  assert.equal((await ask(stage, '/users/7.js')).status, 404);
});

test('404.html is what a missing page shows, and is 404', async () => {
  await using stage = await web({ ...SITE, '404.html': 'lost?' });
  const answer = await ask(stage, '/nothing', PAGE);
  assert.equal(answer.status, 404);
  assert.equal(answer.body, 'lost?');
  assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
});

test('chosen headers come with every file, in the place of ours', async () => {
  await using stage = await web(SITE, { header: ['X-Frame-Options: DENY', 'cache-control: max-age=5'] });
  const { headers } = await ask(stage, '/about');
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['cache-control'], 'max-age=5');
  await assert.rejects(web(SITE, { header: ['Content-Length: 5'] }), { code: 'CS_USAGE' });
  await assert.rejects(web(SITE, { header: ['X: a\r\nSet-Cookie: b'] }), { code: 'CS_USAGE' });
});

test('a virtual host has its own directory', async () => {
  await using stage = await web(SITE, { vhost: ['docs.test=docs'] });
  const answer = parse(await talk(stage, 'GET / HTTP/1.1\r\nHost: docs.test\r\nConnection: close\r\n\r\n'));
  assert.equal(answer.body, 'the docs');
  const foreign = parse(await talk(stage, 'GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n'));
  assert.equal(foreign.status, 403);
});

test('a fact tells the path as it was understood', async () => {
  await using stage = await web(SITE);
  for (const target of ['//hook', '/a%20b//c/?x=%41', '//', '/%zz']) await ask(stage, target);
  await stage.fact('connection.close', 4);
  assert.deepEqual(
    stage.requests.map(({ path, query }) => [path, query]),
    [
      ['/hook', ''],
      ['/a b/c/', 'x=%41'],
      ['/', ''],
      ['/%zz', ''],
    ],
  );
});

test('every request is a fact, its secrets masked', async () => {
  await using stage = await web(SITE);
  await ask(stage, '/about?x=1', ['Authorization: Basic c2VjcmV0', 'X-Two: a', 'X-Two: b']);
  await ask(stage, '/nothing');
  await ask(stage, '/', ['Host: localhost']);
  await stage.fact('connection.close', 3);
  const [first, second, third] = stage.requests;
  assert.deepEqual(
    { ...first, conn: '', duration_ms: 0 },
    {
      event: 'request',
      server: 'http',
      conn: '',
      peer: '127.0.0.1',
      user: null,
      method: 'GET',
      path: '/about',
      query: 'x=1',
      version: '1.1',
      status: 200,
      octets: 8,
      duration_ms: 0,
      headers: Object.assign(Object.create(null), {
        host: 'localhost',
        connection: 'close',
        authorization: '***',
        'x-two': ['a', 'b'],
      }),
    },
  );
  assert.equal(second?.status, 404);
  assert.equal(third?.status, 400);
});

test('a list in the place of an index: only by name, only to programs, only where directories are listed', async () => {
  const files = { 'index.html': '<h1>home</h1>', 'a.txt': 'a' };
  const browser = ['Accept: text/html,*/*;q=0.8'];
  const rows: [string, readonly string[], RegExp][] = [
    ['/?format=json', [], /\{"schema":"cs\.listing\/1"/],
    ['/?x=1&format=text', ['Accept: */*'], /a\.txt\n/],
    ['/?format=json', browser, /^<h1>home/],
    ['/', ['Accept: application/json'], /^<h1>home/],
    ['/?reformat=json', [], /^<h1>home/],
    ['/index.html?format=json', [], /^<h1>home/],
  ];
  for (const fastPath of ['on', 'off'] as const) {
    await using stage = await web(files, { fastPath });
    for (const again of [1, 2]) {
      for (const [target, more, body] of rows) {
        assert.match((await ask(stage, target, more)).body, body, `${fastPath} ${target} ${again}`);
      }
    }
  }
  await using off = await web(files, { listing: 'off' });
  assert.match((await ask(off, '/?format=json')).body, /^<h1>home/);
});

test('a connection is one session of the files, whatever it asks for', async () => {
  const sessions: string[] = [];
  const tree = treeOf({ 'index.html': 'home', 'a.txt': 'a' });
  const files = {
    of: ({ conn }: { conn: string }) => {
      sessions.push(conn);
      return tree;
    },
  };
  await using stage = await web(tree, { fastPath: 'off' }, {}, { services: { files } });
  const line = (target: string, more = ''): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  await talk(stage, `${line('/')}${line('/a.txt')}${line('/none')}${line('/', 'Connection: close\r\n')}`);
  await ask(stage, '/a.txt');
  const asked = sessions.filter((conn) => conn !== '');
  assert.equal(asked.length, 2);
  assert.notEqual(asked[0], asked[1]);
});
