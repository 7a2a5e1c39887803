/** Requests that must not reach a route (trust.md HT-01..21 and 37). Each row is answered, and the connection ends. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dial, type Stage, stage, status, talk, untilEnd } from './stage.ts';

const HOST = 'Host: localhost\r\n';
const chunked = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;
const header = (line: string): string => `GET / HTTP/1.1\r\n${HOST}${line}\r\n\r\n`;

const ROWS: readonly [string, string | Buffer, number][] = [
  [
    'HT-01 CL and TE',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['HT-02 TE xchunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  [
    'HT-03 TE chunked, identity',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['HT-04 duplicate CL', `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd`, 400],
  ['HT-05 CL +5', `POST / HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nabcde`, 400],
  ['HT-05 CL 5, 5', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nabcde`, 400],
  ['HT-06 space before the colon', header('X : a'), 400],
  ['HT-07 lines ended by a bare LF', 'GET / HTTP/1.1\nHost: localhost\n\n', 400],
  ['HT-07 one line ended by a bare LF', `GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n`, 400],
  ['HT-07 the header ended by a bare LF', `GET / HTTP/1.1\r\n${HOST}\n`, 400],
  ['HT-08 bare CR in a value', header('X: a\rb'), 400],
  ['HT-08 NUL in a value', header('X: a\0b'), 400],
  ['HT-09 obs-fold', header('X: a\r\n b'), 400],
  ['HT-10 chunk size 0x5', `${chunked}0x5\r\nabcde\r\n0\r\n\r\n`, 400],
  ['HT-11 chunk line ended by LF', `${chunked}5\nabcde\r\n0\r\n\r\n`, 400],
  ['HT-11 chunk ended by LF', `${chunked}5\r\nabcde\n0\r\n\r\n`, 400],
  ['HT-11 LF in a chunk extension', `${chunked}5;a\nb\r\nabcde\r\n0\r\n\r\n`, 400],
  ['HT-11 LF in a quoted chunk extension', `${chunked}5;a="x\ny"\r\nabcde\r\n0\r\n\r\n`, 400],
  ['HT-12 HTTP/1.1 without Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['HT-13 HTTP/1.32', `GET / HTTP/1.32\r\n${HOST}\r\n`, 400],
  ['HT-14 0xFF in the target', Buffer.from(`GET /\xff HTTP/1.1\r\n${HOST}\r\n`, 'latin1'), 400],
  ['HT-15 a header of 20 KiB', header(`X: ${'a'.repeat(20_000)}`), 431],
  ['HT-15 3,000 headers', `GET / HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(3000)}\r\n`, 431],
  ['HT-15 201 short headers', `GET / HTTP/1.1\r\n${HOST}${'a:\r\n'.repeat(200)}\r\n`, 431],
  ['HT-16 two Hosts', header('Host: localhost'), 400],
  ['HT-17 empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['HT-18 HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['HT-18 HTTP/0.9 by name', `GET / HTTP/0.9\r\n${HOST}\r\n`, 400],
  ['HT-19 foreign absolute-form', `GET http://evil.example/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['HT-19 absolute-form of another port', `GET http://localhost:1/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['HT-19 absolute-form of another scheme', `GET https://localhost/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['HT-20 TE in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['HT-21 # in the target', `GET /a#b HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['HT-37 HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['HTTP/2.0 without its preface', `GET / HTTP/2.0\r\n${HOST}\r\n`, 505],
  ['another coding below chunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
  ['identity below chunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n`, 501],
  ['an empty Transfer-Encoding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n\r\n0\r\n\r\n`, 400],
  ['chunk size +3', `${chunked}+3\r\nabc\r\n0\r\n\r\n`, 400],
  [
    'a chunk size of 17 digits',
    `${chunked}00000000000000003\r\nabc\r\n0\r\n\r\n`.replace('0'.repeat(16), 'f'.repeat(16)),
    400,
  ],
  ['no CRLF behind a chunk', `${chunked}3\r\nabcX\r\n0\r\n\r\n`, 400],
  ['a Host of 300 octets', `GET / HTTP/1.1\r\nHost: ${'a'.repeat(300)}\r\n\r\n`, 400],
  ['NUL in the Host', 'GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n', 400],
  ['a method in lower case', `get / HTTP/1.1\r\n${HOST}\r\n`, 501],
  ['an unknown method', `FROB / HTTP/1.1\r\n${HOST}\r\n`, 501],
  ['an unknown method that begins as a known one', `GETS /a HTTP/1.1\r\n${HOST}\r\n`, 501],
  ['a method that is no token', `FR@B / HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['an unknown method without a version', `FROB /\r\n${HOST}\r\n`, 400],
  ['CONNECT', `CONNECT localhost:25 HTTP/1.1\r\n${HOST}\r\n`, 405],
  ['a ClientHello', Buffer.from('16030102000100 01fc0303'.replace(' ', ''), 'hex'), 400],
  ['another protocol', 'EHLO me\r\n', 400],
  ['the target * of a GET', `GET * HTTP/1.1\r\n${HOST}\r\n`, 400],
];

describe('refused before routing', () => {
  let opened: Stage;
  test.before(async () => {
    opened = await stage();
  });
  test.after(() => opened.door.close());
  for (const [name, request, wanted] of ROWS) {
    test(`${name}: ${wanted}, close`, async () => {
      opened.handled.length = 0;
      const pipelined = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
      const answer = await talk(opened, Buffer.concat([Buffer.from(request), Buffer.from(pipelined)]));
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${wanted} `));
      assert.match(answer, /\r\nConnection: close\r\n/);
      assert.match(answer, /\r\nContent-Security-Policy: /);
      assert.match(answer, /\r\nDate: \w{3}, \d\d \w{3} \d{4} /);
      assert.deepEqual(opened.handled, []);
      assert.equal(answer.match(/^HTTP\/1\.1 \d/gm)?.length, 1, 'one answer only');
    });
  }

  for (const host of [
    'a b',
    'a/b',
    'a@b',
    'a:b',
    'localhost:99999',
    'a,b',
    '[::1',
    '::1',
    '%31',
    'localhost:',
    '"x"',
  ]) {
    test(`HT-17 malformed Host ${JSON.stringify(host)}: 400`, async () => {
      assert.equal(await status(opened, `GET / HTTP/1.1\r\nHost: ${host}`), 400);
      assert.deepEqual(opened.handled, []);
    });
  }

  test('what is right is answered: absolute-form of ourselves, HTTP/1.0, lower-case headers', async () => {
    assert.equal(await status(opened, `GET http://LOCALHOST:80/a?b HTTP/1.1\r\nHost: localhost`), 200);
    assert.equal(await status(opened, `GET /a HTTP/1.0\r\nhost: localhost`), 200);
    assert.deepEqual(opened.handled, ['GET a', 'GET a']);
  });
});

test('HTTP/1.0 needs no Host: the address that was dialled is meant', async () => {
  await using opened = await stage();
  assert.equal(await status(opened, 'GET /a HTTP/1.0'), 200);
  assert.equal(await status(opened, 'GET http://127.0.0.1:1/a HTTP/1.0'), 400);
  assert.deepEqual(opened.handled, ['GET a']);
});

test('HTTP/1.0 is never told 100', async () => {
  await using opened = await stage();
  const socket = await dial(opened);
  const said = untilEnd(socket);
  socket.end(`POST / HTTP/1.0\r\n${HOST}Content-Length: 2\r\nExpect: 100-continue\r\n\r\nhi`);
  assert.match(await said, /^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('a refusal is recorded with a termination code, and others are served meanwhile', async () => {
  await using opened = await stage();
  const other = await dial(opened);
  await talk(opened, 'GET /\r\n\r\n');
  const close = await opened.fact('connection.close');
  assert.match(String(close.code), /^S[CDQ]$/);
  const answer = untilEnd(other);
  other.write(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`);
  assert.match(await answer, /^HTTP\/1\.1 200 /);
  other.destroy();
});
