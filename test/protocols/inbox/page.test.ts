import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { pageFiles } from '../../../src/protocols/inbox/page-files.ts';
import { inboxStage } from './stage.ts';

test('the page is at most 40 KB on the wire, all of it', async () => {
  const { html, js, css } = await pageFiles();
  const octets = [html, js, css].map((file) => gzipSync(file, { level: 9 }).length);
  assert.ok(octets.every((length) => length > 100));
  const all = octets.reduce((sum, length) => sum + length, 0);
  assert.ok(all <= 40_000, `${all} octets`);
});

test('the page and its files: compressed for who can, with a policy, asked again by their tag', async () => {
  await using stage = await inboxStage();
  for (const [path, type] of [
    ['/', 'text/html; charset=utf-8'],
    ['/inbox.js', 'text/javascript; charset=utf-8'],
    ['/inbox.css', 'text/css; charset=utf-8'],
  ] as const) {
    const plain = await stage.ask(path);
    assert.equal(plain.headers['content-type'], type);
    assert.match(
      String(plain.headers['content-security-policy']),
      /^default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';/,
    );
    const zipped = await stage.ask(path, { headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.deepEqual(gunzipSync(zipped.body), plain.body);
    const again = await stage.ask(path, { headers: { 'if-none-match': String(plain.headers.etag) } });
    assert.equal(again.status, 304);
  }
});

test('HT-31 the frame answers only the page, and what it shows has no script, origin or network', async () => {
  await using stage = await inboxStage();
  const own = `http://127.0.0.1:${stage.door.port}`;
  const form = (remote: string) => ({
    method: 'POST',
    body: `remote=${remote}\r\nhtml=<p>a=b & c</p>\r\n`,
    headers: { 'content-type': 'text/plain', origin: own },
  });
  const shown = await stage.ask('/frame', form('0'));
  assert.equal(shown.body.toString(), '<p>a=b & c</p>');
  const policy = String(shown.headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; img-src data:; style-src 'unsafe-inline'; /);
  assert.match(policy, /; sandbox allow-popups allow-popups-to-escape-sandbox$/);
  assert.doesNotMatch(policy, /http/);
  assert.match(
    String((await stage.ask('/frame', form('1'))).headers['content-security-policy']),
    /img-src data: https: http:/,
  );
  const { body, headers, ...plain } = form('0');
  assert.equal((await stage.ask('/frame', { ...plain, body, headers: { 'content-type': 'text/plain' } })).status, 403);
  assert.equal(
    (await stage.ask('/frame', { ...plain, body, headers: { ...headers, origin: 'https://evil.test' } })).status,
    403,
  );
  assert.equal((await stage.ask('/frame', { ...form('0'), body: 'nothing' })).status, 400);
});
