/** A server whose files are another server's: every client is a tree, so no pair needs code of its own. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Serving, serve, sh } from './server.ts';

const home = mkdtempSync(join(tmpdir(), 'cs-gateway-'));
const box = join(home, 'box');
const servers: Serving[] = [];

/** The URL of a server of this kind over these files. */
async function over(kind: 'ftp' | 'http', files: string, ...flags: string[]): Promise<string> {
  const serving = await serve([kind, '--files', files, ...flags]);
  servers.push(serving);
  return `${kind}://127.0.0.1:${serving.port(kind)}`;
}

let ftp: string;
let ftpOverFtp: string;
let httpOverFtp: string;
let ftpOverHttp: string;
before(async () => {
  mkdirSync(join(box, 'pub/deep'), { recursive: true });
  writeFileSync(join(box, 'pub/a.txt'), 'one\n');
  writeFileSync(join(box, 'pub/deep/b.bin'), Buffer.alloc(300_000, 'xyz'));
  writeFileSync(join(box, 'secret'), 'no\n');
  ftp = await over('ftp', box, '--write', '--delete');
  httpOverFtp = await over('http', `${ftp}/pub`);
  ftpOverFtp = await over('ftp', `${ftp}/pub`, '--write', '--delete');
  ftpOverHttp = await over('ftp', httpOverFtp);
});
after(async () => {
  for (const serving of servers.reverse()) await serving.stop();
  rmSync(home, { recursive: true, force: true });
});

const cs = (...args: string[]) => servers[0]!.cs(...args);

test('http over ftp: pages, ranges, and nothing above the directory', async () => {
  assert.equal((await sh('curl', ['-sf', `${httpOverFtp}/a.txt`])).stdout, 'one\n');
  assert.equal((await sh('curl', ['-sf', '-r', '299998-', `${httpOverFtp}/deep/b.bin`])).stdout, 'yz');
  const up = await sh('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '--path-as-is',
    `${httpOverFtp}/../secret`,
  ]);
  assert.match(up.stdout, /^40[03]$/);
});

test('http over ftp: a strong ETag for as long as the content is the same', async () => {
  const tagOf = async (): Promise<string> => {
    const { stdout } = await sh('curl', ['-sfI', `${httpOverFtp}/tagged.txt`]);
    return /^etag: (.*?)\r?$/im.exec(stdout)?.[1] ?? '';
  };
  writeFileSync(join(box, 'pub/tagged.txt'), 'one\n');
  const first = await tagOf();
  assert.match(first, /^"[^"]+"$/);
  const asked = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', `If-None-Match: ${first}`];
  assert.equal((await sh('curl', [...asked, `${httpOverFtp}/tagged.txt`])).stdout, '304');
  writeFileSync(join(box, 'pub/tagged.txt'), 'two\n');
  assert.notEqual(await tagOf(), first);
  assert.equal((await sh('curl', [...asked, `${httpOverFtp}/tagged.txt`])).stdout, '200');
  rmSync(join(box, 'pub/tagged.txt'));
});

test('ftp over ftp: read, written and removed through both', async () => {
  writeFileSync(join(home, 'new'), 'new\n');
  const put = await cs('put', join(home, 'new'), `${ftpOverFtp}/deep/`, '--json');
  assert.equal(put.code, 0, put.stderr);
  assert.equal(readFileSync(join(box, 'pub/deep/new'), 'utf8'), 'new\n');
  assert.equal((await cs('get', `${ftpOverFtp}/deep/new`)).stdout, 'new\n');
  assert.equal((await cs('rm', '-y', `${ftpOverFtp}/deep/new`)).code, 0);
  assert.equal((await cs('ls', `${ftpOverFtp}/deep/new`)).code, 11);
});

test('a gateway over a gateway over a gateway: the same tree, and still read only', async () => {
  const first = await cs('sync', `${ftpOverHttp}/`, join(home, 'mirror'), '--json');
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(readFileSync(join(home, 'mirror/deep/b.bin')), readFileSync(join(box, 'pub/deep/b.bin')));
  const again = await cs('sync', `${ftpOverHttp}/`, join(home, 'mirror'), '--json');
  assert.deepEqual([JSON.parse(again.stdout).copied, JSON.parse(again.stdout).skipped], [0, 2]);
  assert.notEqual((await cs('put', join(home, 'new'), `${ftpOverHttp}/x`)).code, 0);
});

test('a root that is no directory, or nowhere: the server does not start', async () => {
  const file = await cs('serve', 'http', '--port', '0', '--files', `${ftp}/secret`);
  assert.deepEqual([file.code, file.stdout], [13, '']);
  assert.equal((await cs('serve', 'http', '--port', '0', '--files', `${ftp}/none`)).code, 11);
  assert.equal((await cs('serve', 'http', '--port', '0', '--files', 'ftp://127.0.0.1:1/')).code, 7);
});
