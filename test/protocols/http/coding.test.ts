/** Content codings: what a client likes, what lies beside a file, what is made (RFC 9110 section 12.5.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Coding, chooseCoding } from '../../../src/protocols/shared/http/coding.ts';
import { type Answer, ask, treeOf, web } from './stage.ts';

const ALL: readonly Coding[] = ['br', 'zstd', 'gzip', 'identity'];
const ROWS: readonly [string | undefined, Coding | undefined][] = [
  [undefined, 'identity'],
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['xgzip', 'identity'],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, zstd', 'zstd'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0.001, gzip;q=0.000', 'br'],
  ['gzip;q=0', 'identity'],
  ['gzip;q=0.0001', 'identity'],
  ['gzip;q=2', 'identity'],
  ['gzip;q=0, *', 'br'],
  ['*', 'br'],
  ['*;q=0', undefined],
  ['*;q=0, identity', 'identity'],
  ['identity;q=0', undefined],
  ['identity;q=0, gzip', 'gzip'],
  ['gzip;q=0.3, identity;q=0.9', 'identity'],
  ['gzip ; q=0.5', 'gzip'],
  ['gzip;foo=bar', 'identity'],
];
for (const [header, wanted] of ROWS) {
  test(`Accept-Encoding ${header}: ${wanted ?? 'nothing left'}`, () => assert.equal(chooseCoding(header, ALL), wanted));
}

const TEXT = 'the same words again and again. '.repeat(200);
const SITE = { 'a.txt': TEXT, 'tiny.txt': 'x', 'pic.png': 'x'.repeat(5000), 'big.css': 'a{b:c}\n'.repeat(20_000) };
const coded = (coding: string): readonly string[] => [`Accept-Encoding: ${coding}`];

function plain({ headers, raw }: Answer): string {
  const coding = headers['content-encoding'];
  if (coding === undefined) return raw.toString();
  return (coding === 'br' ? brotliDecompressSync(raw) : gunzipSync(raw)).toString();
}

for (const fastPath of ['on', 'off'] as const) {
  test(`text is compressed, kept, and told apart by its tag (fast path ${fastPath})`, async () => {
    await using stage = await web(SITE, { fastPath });
    const seen = new Set<string | undefined>();
    for (const [coding, wanted] of [
      ['br', 'br'],
      ['gzip', 'gzip'],
      ['identity', undefined],
    ] as const) {
      for (let times = 0; times < 2; times++) {
        const answer = await ask(stage, '/a.txt', coded(coding));
        assert.equal(answer.headers['content-encoding'], wanted);
        assert.equal(answer.headers.vary, 'Accept-Encoding');
        assert.equal(plain(answer), TEXT);
        assert.equal(Number(answer.headers['content-length']), answer.raw.length);
        seen.add(answer.headers.etag);
      }
    }
    assert.equal(seen.size, 3);
  });
}

test('what is small, packed already or not wanted goes as it is', async () => {
  await using stage = await web(SITE);
  for (const name of ['/tiny.txt', '/pic.png']) {
    assert.equal((await ask(stage, name, coded('br'))).headers['content-encoding'], undefined);
  }
  assert.equal((await ask(stage, '/a.txt')).headers['content-encoding'], undefined);
});

test('nothing acceptable is left: 406', async () => {
  await using stage = await web(SITE);
  assert.equal((await ask(stage, '/a.txt', coded('*;q=0'))).status, 406);
  assert.equal((await ask(stage, '/pic.png', coded('identity;q=0'))).status, 406);
  assert.equal((await ask(stage, '/a.txt', coded('identity;q=0'))).status, 406);
  assert.equal((await ask(stage, '/a.txt', coded('identity;q=0, gzip'))).status, 200);
});

test('a larger file is compressed too, and its parts are parts of what is sent', async () => {
  await using stage = await web(SITE);
  const whole = await ask(stage, '/big.css', coded('gzip'));
  assert.equal(whole.headers['content-encoding'], 'gzip');
  assert.equal(plain(whole), SITE['big.css']);
  const part = await ask(stage, '/big.css', ['Accept-Encoding: gzip', 'Range: bytes=2-9']);
  assert.equal(part.status, 206);
  assert.deepEqual(part.raw, whole.raw.subarray(2, 10));
  assert.equal((await ask(stage, '/big.css')).body, SITE['big.css']);
});

test('304 for the form that would be sent, with its tag and Vary', async () => {
  await using stage = await web(SITE);
  const { etag = '' } = (await ask(stage, '/a.txt', coded('br'))).headers;
  const same = await ask(stage, '/a.txt', [...coded('br'), `If-None-Match: ${etag}`]);
  assert.equal(same.status, 304);
  assert.equal(same.headers.etag, etag);
  assert.equal(same.headers.vary, 'Accept-Encoding');
  assert.equal(same.headers['content-length'], undefined);
  assert.equal((await ask(stage, '/a.txt', [...coded('gzip'), `If-None-Match: ${etag}`])).status, 200);
});

test('a sidecar is sent in the place of its file; a larger one is of no use', async () => {
  const files = { 'app.js': TEXT, 'app.js.br': 'short', 'lib.js': 'x'.repeat(600), 'lib.js.gz': 'y'.repeat(700) };
  await using stage = await web(files);
  const answer = await ask(stage, '/app.js', coded('br'));
  assert.equal(answer.body, 'short');
  assert.equal(answer.headers['content-encoding'], 'br');
  assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.notEqual((await ask(stage, '/lib.js', coded('gzip'))).body, 'y'.repeat(700));
  assert.equal((await ask(stage, '/app.js.br')).headers['content-encoding'], undefined);
});

test('a stale sidecar is not used', async () => {
  const tree = treeOf({ 'app.js': TEXT, 'app.js.br': 'short' }, new Set(['app.js.br']));
  await using stage = await web(tree);
  assert.notEqual((await ask(stage, '/app.js', coded('br'))).body, 'short');
});
