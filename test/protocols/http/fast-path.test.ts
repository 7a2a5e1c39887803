/** What the fast path answers is what `node:http` answers: status, headers, content, and whether the connection goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../property.ts';
import { dial, untilEnd } from '../shared/http/stage.ts';
import { type Stage, web } from './stage.ts';

const FILES = {
  'index.html': '<h1>home</h1>',
  'a.txt': 'a'.repeat(2000),
  'b c.txt': 'spaced',
  'docs/index.html': 'docs',
  'docs/x.js': 'x',
  'big.bin': Buffer.alloc(200_000, 7),
};
const TAG = '"t-5-2000"';

const target = fc.constantFrom(
  ...['/', '/a.txt', '/docs/', '/docs', '/docs/x.js', '/b%20c.txt', '/b%20c.txt?x=%zz', '/a.txt?q#f', '/big.bin'],
  ...['/none', '/..', '//a.txt', '/a.txt/', '/%61.txt', '*', '/a.txt?', 'http://localhost/a.txt', '/é', '/con'],
);
const header = fc.constantFrom(
  ...['Accept: */*', 'User-Agent: x', 'accept-encoding: gzip, br', 'Accept-Encoding: identity;q=0', 'Cookie: a=b'],
  ...[
    `If-None-Match: ${TAG}`,
    `if-none-match: "other", W/${TAG}`,
    'If-None-Match: *',
    'If-Match: "no"',
    'Range: bytes=1-2',
  ],
  ...['If-Modified-Since: Wed, 07 Jan 2026 10:00:00 GMT', 'Connection: keep-alive', 'Connection: Keep-Alive, x'],
  ...[
    'Origin: http://evil.test',
    'Content-Length: 0',
    'Content-Length: 3',
    'Transfer-Encoding: chunked',
    'Expect: 100-continue',
  ],
  ...[
    'Host: localhost',
    'Host: evil.test',
    'X: \tpadded ',
    'X-Empty:',
    'Bad Name: x',
    'No-Colon',
    ' folded',
    'Upgrade: h2c',
  ],
  ...['X-High: \u00e9', 'X-Control: \u0001', 'Authorization: Basic x'],
);
const request = fc
  .record({
    method: fc.oneof(
      { weight: 6, arbitrary: fc.constant('GET') },
      fc.constantFrom('HEAD', 'OPTIONS', 'POST', 'get', 'BREW'),
    ),
    target: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('/a.txt', '/', '/docs/x.js') }, target),
    version: fc.oneof({ weight: 8, arbitrary: fc.constant('HTTP/1.1') }, fc.constantFrom('HTTP/1.0', 'HTTP/2.0', '')),
    host: fc.oneof(
      { weight: 8, arbitrary: fc.constant(['Host: localhost']) },
      fc.constantFrom([], ['host: 127.0.0.1']),
    ),
    headers: fc.array(header, { maxLength: 3 }),
    line: fc.oneof({ weight: 12, arbitrary: fc.constant('\r\n') }, fc.constantFrom('\n', '\r', '\r\r\n')),
  })
  .map(({ method, target, version, host, headers, line }) =>
    [`${method} ${target}${version === '' ? '' : ' '}${version}`, ...host, ...headers, '', ''].join(line),
  );

const LAST = 'GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

async function said(stage: Stage, parts: readonly Buffer[]): Promise<string> {
  const socket = await dial(stage);
  socket.setNoDelay(true);
  const answer = untilEnd(socket);
  for (const part of parts) {
    socket.write(part);
    await new Promise(setImmediate);
  }
  const text = await answer;
  socket.destroy();
  return text.replace(/^Date: .*\r\n/gm, '');
}

test('fast path: the same answers as without it, whatever is asked and however it is cut', async () => {
  await using on = await web(FILES, { fastPath: 'on' });
  await using off = await web(FILES, { fastPath: 'off' });
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 3 }),
      async (requests, cuts) => {
        const whole = Buffer.from(requests.join('') + LAST, 'latin1');
        const at = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
        const parts = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        const [fast, slow] = await Promise.all([said(on, parts), said(off, parts)]);
        assert.equal(fast, slow);
      },
    ),
    { numRuns: 300 },
  );
});

test('fast path: every request of it is told, with the facts of the others', async () => {
  await using stage = await web(FILES);
  const get = 'GET /a.txt?x HTTP/1.1\r\nHost: localhost\r\nCookie: secret\r\n\r\n';
  await said(stage, [Buffer.from(get.repeat(3) + LAST)]);
  await stage.fact('connection.close');
  assert.equal(stage.requests.length, 4);
  const [first] = stage.requests;
  assert.ok(first);
  const { conn: _conn, duration_ms: _duration, ...facts } = first;
  assert.deepEqual(facts, {
    event: 'request',
    server: 'http',
    peer: '127.0.0.1',
    user: null,
    method: 'GET',
    path: '/a.txt',
    query: 'x',
    version: '1.1',
    status: 200,
    octets: 2000,
    headers: Object.assign(Object.create(null), { host: 'localhost', cookie: '***' }),
  });
});

test('HT-38 fast path: the thousandth answer is the last, and says so', async () => {
  await using stage = await web(FILES);
  const answer = await said(stage, [Buffer.from('GET /docs/x.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1010))]);
  const heads = answer.split('HTTP/1.1 200 OK').slice(1);
  assert.equal(heads.length, 1000);
  assert.equal(heads.filter((head) => head.includes('Connection: close')).length, 1);
  assert.match(heads.at(-1) ?? '', /Connection: close/);
});

test('HT-25 fast path: a reader who stops reading is not read from, and ends', async () => {
  await using stage = await web(FILES, {}, { idleTime: 300, minimumRate: 100_000 });
  const socket = await dial(stage);
  socket.pause();
  const get = Buffer.from('GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(900));
  socket.write(get);
  const closed = await stage.fact('connection.close');
  assert.match(String(closed.code), /^[TCS]/);
  socket.destroy();
});
