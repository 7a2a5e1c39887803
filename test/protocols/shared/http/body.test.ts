import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../../src/contracts/journal.ts';
import { parseJson } from '../../../../src/protocols/shared/http/json.ts';
import { jsonReply } from '../../../../src/protocols/shared/http/reply.ts';
import type { HttpRequest } from '../../../../src/protocols/shared/http/route.ts';
import { fc } from '../../../property.ts';
import { dial, stage, status, talk, untilEnd } from './stage.ts';

const POST = 'POST /x HTTP/1.1\r\nHost: localhost\r\n';
const JSON_PUT = 'PUT /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

/** Writes until the server has had enough; resolves to its answer and how much it took. */
async function flood(opened: Awaited<ReturnType<typeof stage>>, head: string, piece: Buffer, most: number) {
  const socket = await dial(opened);
  const answer = untilEnd(socket);
  let over = false;
  void answer.then(() => {
    over = true;
  });
  socket.write(head);
  let sent = 0;
  while (!over && sent < most) {
    sent += piece.length;
    if (!socket.write(piece)) await Promise.race([answer, new Promise((done) => socket.once('drain', done))]);
    await new Promise(setImmediate);
  }
  const text = await answer;
  socket.destroy();
  return { text, sent };
}

test('HT-27 a body without end in 1-byte chunks: 413 at the limit, extensions count', async () => {
  await using opened = await stage({ bodyBytes: 64 * 1024 });
  const head = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
  const bytes = await flood(opened, head, Buffer.from('1\r\nx\r\n'.repeat(4096)), 64 * 1024 * 1024);
  assert.match(bytes.text, /^HTTP\/1\.1 413 /);
  assert.ok(bytes.sent < 4 * 1024 * 1024, `${bytes.sent}`);
  const extended = await flood(opened, head, Buffer.from(`1;e=${'a'.repeat(12_000)}\r\nx\r\n`), 64 * 1024 * 1024);
  assert.match(extended.text, /^HTTP\/1\.1 413 /);
  assert.ok(extended.sent < 4 * 1024 * 1024, `${extended.sent}`);
  const long = await flood(opened, head, Buffer.from(`1;e=${'a'.repeat(20_000)}\r\nx\r\n`), 64 * 1024 * 1024);
  assert.match(long.text, /^HTTP\/1\.1 413 /);
  assert.deepEqual(opened.handled, []);
});

test('HT-27 an announced length over the limit: 413 before a byte of it', async () => {
  await using opened = await stage({ bodyBytes: 1000 });
  assert.equal(await status(opened, `${POST}Content-Length: 1001`), 413);
  assert.equal(await status(opened, `${POST}Content-Length: 10737418240`), 413);
  assert.equal(await status(opened, `${POST}Content-Length: 1000`, 'a'.repeat(1000)), 200);
});

test('HT-28 a compressed body: 415, whatever is in it', async () => {
  await using opened = await stage();
  const bomb = gzipSync(Buffer.alloc(1024 * 1024)).toString('latin1');
  for (const coding of ['gzip', 'br', 'deflate', 'x-gzip', 'identity, gzip']) {
    const answer = await talk(
      opened,
      Buffer.from(
        `${POST}Content-Encoding: ${coding}\r\nContent-Length: ${bomb.length}\r\nConnection: close\r\n\r\n${bomb}`,
        'latin1',
      ),
    );
    assert.match(answer, /^HTTP\/1\.1 415 /);
    assert.match(answer, /Accept-Encoding: identity/);
  }
  assert.deepEqual(opened.handled, []);
});

test('HT-29 JSON of 100 MiB: 413', async () => {
  await using opened = await stage({ bodyBytes: 1024 ** 3 });
  assert.equal(await status(opened, `${JSON_PUT}Content-Length: 104857600`), 413);
  const head = `${JSON_PUT}Transfer-Encoding: chunked\r\n\r\n`;
  const { text, sent } = await flood(opened, head, Buffer.from(`10000\r\n${' '.repeat(65_536)}\r\n`), 104_857_600);
  assert.match(text, /^HTTP\/1\.1 413 /);
  assert.ok(sent < 32 * 1024 * 1024, `${sent}`);
});

test('HT-29 JSON of depth 100,000: 400, in linear time', async () => {
  await using opened = await stage();
  for (const deep of ['['.repeat(100_000), '{"a":'.repeat(100_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`]) {
    assert.equal(await status(opened, `${JSON_PUT}Content-Length: ${deep.length}`, deep), 400);
  }
  assert.throws(() => parseJson(Buffer.from(`${'['.repeat(51)}${']'.repeat(51)}`)), { status: 400 });
  assert.ok(parseJson(Buffer.from(`${'['.repeat(50)}${']'.repeat(50)}`)));
  assert.ok(parseJson(Buffer.from(JSON.stringify({ text: `"${'['.repeat(1000)}\\` }))));
});

test('HT-29 __proto__ and constructor.prototype are ignored', async () => {
  const evil = '{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"a":{"__proto__":{"x":1},"b":2}}';
  const value = parseJson(Buffer.from(evil)) as { a: { b: number } };
  assert.equal(({} as { x?: number }).x, undefined);
  assert.deepEqual(Object.keys(value), ['a']);
  assert.equal(value.a.b, 2);
  assert.equal(Object.getPrototypeOf(value.a), null);
  await using opened = await stage();
  const answer = await talk(opened, `${JSON_PUT}Content-Length: ${evil.length}\r\nConnection: close\r\n\r\n${evil}`);
  assert.match(answer, /\{"got":\{"a":\{"b":2\}\}\}/);
});

test('JSON by another type, or that is none: 415, 400', async () => {
  await using opened = await stage();
  const put = JSON_PUT.replace('application/json', 'text/plain');
  assert.equal(await status(opened, `${put}Content-Length: 2`, '{}'), 415);
  assert.equal(await status(opened, `${JSON_PUT}Content-Length: 2`, '{]'), 400);
  assert.equal(await status(opened, `${JSON_PUT}Content-Length: 1`, '\xff'), 400);
});

test('JSON comes out as it went in', () => {
  const plain = fc
    .jsonValue({ maxDepth: 10 })
    .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(plain, (value) => {
      assert.equal(JSON.stringify(parseJson(Buffer.from(JSON.stringify(value)))), JSON.stringify(value as Json));
    }),
  );
});

test('HT-30 names of prototypes are plain data as header, query key and path', async () => {
  const seen: unknown[] = [];
  const route = {
    method: 'GET',
    path: '/:room',
    safe: true,
    handle: (request: HttpRequest) => {
      const { query, params } = request;
      const header = (name: string): string | undefined => request.header(name);
      seen.push(header('__proto__'), header('constructor'), header('tostring'), header('hasownproperty'));
      seen.push(
        query.get('__proto__'),
        query.get('toString'),
        query.get('valueOf'),
        params.get('room'),
        params.get('constructor'),
      );
      return jsonReply({});
    },
  };
  await using opened = await stage({ routes: [route] });
  const head =
    'GET /__proto__?__proto__=a&toString=b HTTP/1.1\r\nHost: localhost\r\n__proto__: c\r\nconstructor: d\r\ntoString: e';
  assert.equal(await status(opened, head), 200);
  assert.deepEqual(seen, [undefined, 'd', 'e', undefined, 'a', 'b', null, '__proto__', undefined]);
  assert.equal(await status(opened, 'GET /constructor HTTP/1.1\r\nHost: localhost'), 200);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});
