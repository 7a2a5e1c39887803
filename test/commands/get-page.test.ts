/** `cs get http://...`, from argv to the file, against servers that say what they are told to. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CS, sh } from '../interop/server.ts';
import { type Answer, peer, reply } from '../protocols/http/client/peer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-get-page-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const LIMIT = { timeout: 60_000 };
const env = { XDG_CONFIG_HOME: scratch, XDG_RUNTIME_DIR: scratch, HOME: scratch };
const cs = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  sh(process.execPath, [CS, 'get', ...args], { env: { ...env, ...more } });

let made = 0;
const fresh = (): { dir: string; file: string } => {
  const dir = mkdtempSync(join(scratch, `d${++made}-`));
  return { dir, file: join(dir, 'file') };
};

const WHOLE = 'x'.repeat(40_000) + 'y'.repeat(60_000);
const FACTS = { ETag: '"v1"', 'Last-Modified': 'Wed, 25 Nov 2026 10:00:00 GMT' };

/** Half of it, then the end of the connection. */
const cut: Answer = (socket) => {
  const head = `HTTP/1.1 200 x\r\nETag: ${FACTS.ETag}\r\nLast-Modified: ${FACTS['Last-Modified']}\r\nContent-Length: ${WHOLE.length}\r\n\r\n`;
  socket.end(head + WHOLE.slice(0, 40_000));
};
const rest = (etag: string, start = 40_000): Buffer =>
  reply(206, WHOLE.slice(start), { ETag: etag, 'Content-Range': `bytes ${start}-${WHOLE.length - 1}/${WHOLE.length}` });

test('to stdout as it is, coded or not; to a file with its time', LIMIT, async () => {
  await using server = await peer(reply(200, WHOLE, FACTS));
  assert.equal((await cs([`${server.url}a`])).stdout, WHOLE);
  assert.equal(server.asked[0]?.headers.get('accept-encoding'), 'identity');
  const { dir, file } = fresh();
  const ran = await cs([`${server.url}a`, '-o', file]);
  assert.deepEqual([ran.code, ran.stdout], [0, '']);
  assert.equal(readFileSync(file, 'utf8'), WHOLE);
  assert.equal(statSync(file).mtimeMs, Date.UTC(2026, 10, 25, 10));
  assert.deepEqual(readdirSync(dir), ['file']);
});

describe('exit codes', () => {
  const rows: readonly [number, number][] = [
    [404, 11],
    [401, 4],
    [400, 9],
    [503, 10],
    [302, 8],
  ];
  for (const [status, code] of rows) {
    test(`${status}: ${code}, and no file`, LIMIT, async () => {
      await using server = await peer(reply(status, 'why', { Location: 'gopher://x/' }));
      const { dir, file } = fresh();
      const ran = await cs([server.url, '-o', file]);
      assert.equal(ran.code, code, ran.stderr);
      assert.deepEqual(readdirSync(dir), []);
      assert.equal((await cs([server.url])).stdout, '');
    });
  }
});

test('a cut download is an error, and leaves what was there before', LIMIT, async () => {
  await using server = await peer(cut);
  const { dir, file } = fresh();
  writeFileSync(file, 'before');
  assert.equal((await cs([server.url, '-o', file])).code, 7);
  assert.equal(readFileSync(file, 'utf8'), 'before');
  assert.deepEqual(readdirSync(dir), ['file']);
});

describe('--continue', () => {
  const resumed = async (then: Answer) => {
    const server = await peer(cut, then, reply(200, WHOLE, { ...FACTS, ETag: '"v2"' }));
    const { dir, file } = fresh();
    const first = await cs([server.url, '-o', file, '-C']);
    assert.equal(first.code, 7);
    assert.equal(existsSync(file), false);
    const second = await cs([server.url, '-o', file, '-C']);
    return { server, dir, file, second };
  };

  test('the rest is asked for, under the proof that it is the same', LIMIT, async () => {
    const { server, dir, file, second } = await resumed(rest('"v1"'));
    await using _server = server;
    assert.equal(second.code, 0, second.stderr);
    assert.equal(readFileSync(file, 'utf8'), WHOLE);
    assert.equal(server.asked[1]?.headers.get('range'), 'bytes=40000-');
    assert.equal(server.asked[1]?.headers.get('if-range'), '"v1"');
    assert.deepEqual(readdirSync(dir), ['file']);
  });

  test('another content comes whole: an old head never meets a new tail', LIMIT, async () => {
    const { server, file, second } = await resumed(reply(200, 'quite another', { ETag: '"v2"' }));
    await using _server = server;
    assert.equal(second.code, 0);
    assert.equal(readFileSync(file, 'utf8'), 'quite another');
  });

  test('a part of another content is refused', LIMIT, async () => {
    const { server, file, second } = await resumed(rest('"v2"'));
    await using _server = server;
    assert.deepEqual([second.code, existsSync(file)], [1, false]);
    assert.match(second.stderr, /not what it was/);
  });

  test('what is here and no longer there is fetched anew', LIMIT, async () => {
    const { server, file, second } = await resumed(reply(416, '', { 'Content-Range': 'bytes */10' }));
    await using _server = server;
    assert.equal(second.code, 0, second.stderr);
    assert.equal(readFileSync(file, 'utf8'), WHOLE);
  });

  test('without a proof nothing is kept', LIMIT, async () => {
    await using server = await peer((socket) => socket.end(`HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nshort`));
    const { dir, file } = fresh();
    assert.equal((await cs([server.url, '-o', file, '-C'])).code, 7);
    assert.deepEqual(readdirSync(dir), []);
  });
});

test('--checksum: with another one there is no file', LIMIT, async () => {
  await using server = await peer(reply(200, WHOLE));
  const right = createHash('sha256').update(WHOLE).digest('hex');
  const { dir, file } = fresh();
  assert.equal((await cs([server.url, '-o', file, '--checksum', `sha256:${right}`])).code, 0);
  rmSync(file);
  const ran = await cs([server.url, '-o', file, '--checksum', `sha256:${'0'.repeat(64)}`]);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, new RegExp(right));
  assert.deepEqual(readdirSync(dir), []);
  assert.equal((await cs([server.url, '--checksum', 'sha256:12'])).code, 2);
});

test('--no-clobber and --update leave a file alone; a device stays one', LIMIT, async () => {
  await using server = await peer((_socket, { headers }) =>
    headers.has('if-modified-since') ? 'HTTP/1.1 304 x\r\n\r\n' : reply(200, 'new'),
  );
  const { dir, file } = fresh();
  writeFileSync(file, 'old');
  assert.equal((await cs([server.url, '-o', file, '--no-clobber'])).code, 1);
  assert.equal((await cs([server.url, '-o', file, '--update'])).code, 0);
  assert.equal(readFileSync(file, 'utf8'), 'old');
  assert.deepEqual(readdirSync(dir), ['file']);
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [ran, read] = await Promise.all([cs([server.url, '-o', pipe]), readFile(pipe, 'utf8')]);
  assert.deepEqual([ran.code, read, statSync(pipe).isFIFO()], [0, 'new', true]);
});

test('one object of it: facts and text; with -o, facts and the file', LIMIT, async () => {
  await using server = await peer(reply(200, 'grüße', { ...FACTS, 'Content-Type': 'text/plain' }));
  const said = JSON.parse((await cs([server.url, '--json'])).stdout);
  assert.deepEqual(
    [said.schema, said.status, said.text, said.size, said.etag, said.modified_at],
    ['cs.get/1', 200, 'grüße', 7, '"v1"', '2026-11-25T10:00:00.000Z'],
  );
  const { file } = fresh();
  const kept = JSON.parse((await cs([server.url, '-o', file, '--json'])).stdout);
  assert.deepEqual([kept.file, kept.size, kept.skipped, 'text' in kept], [file, 7, false, false]);
});

test('a login from netrc; none goes where another one is named', LIMIT, async () => {
  const netrc = join(scratch, 'netrc');
  writeFileSync(netrc, 'machine 127.0.0.1 login ann password wonderland\n', { mode: 0o600 });
  await using server = await peer((_socket, { headers }) =>
    headers.has('authorization') ? reply(200, 'in') : reply(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }),
  );
  const ran = await cs([server.url, '-v'], { NETRC: netrc });
  assert.deepEqual([ran.code, ran.stdout], [0, 'in']);
  assert.doesNotMatch(ran.stderr, /wonderland|YW5uOndvbmRlcmxhbmQ/);
  assert.equal((await cs([server.url, '--user', 'bob'], { NETRC: netrc })).code, 4);
});
