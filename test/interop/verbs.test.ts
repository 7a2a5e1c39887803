/** The verbs against servers that others wrote: vsftpd and nginx. A killed sync is begun again, and ends as if it had not been. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { noise } from '../property.ts';
import { freePort } from './free-port.ts';
import { CS, sh, tool } from './server.ts';
import { accepts, ended, type ForeignServer, startVsftpd } from './vsftpd.ts';

const vsftpd = tool('vsftpd');
const nginx = tool('nginx');

const home = mkdtempSync(join(tmpdir(), 'cs-verbs-'));
const served = join(home, 'served');
const T = 1_750_000_000;

const FILES: Readonly<Record<string, Buffer>> = {
  'a.txt': Buffer.from('one\n'),
  empty: Buffer.alloc(0),
  'big.bin': noise(3_000_000),
  'name with spaces + %25.txt': Buffer.from('odd\n'),
  'ünïcödé-日本.txt': Buffer.from('names\n'),
  'in/deep/b.txt': Buffer.from('two\n'),
  ...Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`many/f${at}`, noise(20_000)])),
};

before(() => {
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(served, 'source', path)), { recursive: true });
    writeFileSync(join(served, 'source', path), content);
    utimesSync(join(served, 'source', path), T, T);
  }
});
after(() => rmSync(home, { recursive: true, force: true }));

const env = { XDG_CONFIG_HOME: home, CS_STATE_DIR: join(home, 'state'), CI: '1' };
const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { env });

/** Every file below, with what is in it. */
function contents(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, name);
    if (statSync(path).isFile()) found[name] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return found;
}

async function synced(from: string, to: string, ...flags: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await cs('sync', from, to, '--json', ...flags);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** Kills a sync as soon as something has appeared below `directory`. */
async function killed(directory: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [CS, 'sync', ...args], { stdio: 'ignore', env: { ...process.env, ...env } });
  const exit = once(child, 'exit');
  const watcher = watch(directory, () => child.kill('SIGKILL'));
  const [, signal] = await exit;
  watcher.close();
  assert.equal(signal, 'SIGKILL');
}

describe('vsftpd', { skip: vsftpd === undefined }, () => {
  let server: ForeignServer;
  before(async () => {
    server = await startVsftpd(vsftpd ?? '', served);
  });
  after(() => server.stop());

  test('sync down, twice: the same, and the second changes nothing', async () => {
    const local = join(home, 'down');
    const first = await synced(`${server.url}/source`, local);
    assert.deepEqual([first.copied, first.proof], [Object.keys(FILES).length, 'size']);
    assert.deepEqual(contents(local), contents(join(served, 'source')));
    assert.equal(statSync(join(local, 'a.txt')).mtimeMs, T * 1000);
    const again = await synced(`${server.url}/source`, local);
    assert.deepEqual([again.copied, again.skipped], [0, Object.keys(FILES).length]);
  });

  test('sync up, twice, and --delete', async () => {
    const first = await synced(join(served, 'source'), `${server.url}/up`);
    assert.equal(first.copied, Object.keys(FILES).length);
    assert.deepEqual(contents(join(served, 'up')), contents(join(served, 'source')));
    assert.equal((await synced(join(served, 'source'), `${server.url}/up`)).copied, 0);
    writeFileSync(join(served, 'up/in/extra'), 'x');
    assert.equal((await synced(join(served, 'source'), `${server.url}/up`, '--delete')).removed, 1);
    assert.ok(!existsSync(join(served, 'up/in/extra')));
  });

  test('ls, get, put, cp, mv, mkdir, rm, with patterns', async () => {
    const url = `${server.url}/work`;
    assert.equal((await cs('mkdir', '-p', `${url}/a/b`)).code, 0);
    writeFileSync(join(home, 'x.txt'), 'x\n');
    assert.equal((await cs('put', join(home, 'x.txt'), `${url}/a/`)).code, 0);
    const copy = await cs('cp', `${url}/a/x.txt`, `${url}/a/y.txt`, '--verify', 'hash', '--json');
    assert.equal(JSON.parse(copy.stdout.split('\n')[0] ?? '').proof, 'sha256');
    assert.equal((await cs('mv', `${url}/a/y.txt`, `${url}/a/b/z.txt`)).code, 0);
    const list = await cs('ls', `${url}/**/?.txt`, '--format', '{name}');
    assert.deepEqual(list.stdout.trimEnd().split('\n'), [`${url}/a/b/z.txt`, `${url}/a/x.txt`]);
    assert.equal((await cs('get', `${url}/a/b/z.txt`)).stdout, 'x\n');
    assert.equal((await cs('rm', '-r', '-y', url)).code, 0);
    assert.equal((await cs('ls', url)).code, 11);
  });

  test('one big file by several ranges at once', async () => {
    const target = join(home, 'segments');
    const big = noise(40_000_000);
    writeFileSync(join(served, 'huge'), big);
    const { code, stderr } = await cs('get', `${server.url}/huge`, '-o', target, '--segments', '3');
    assert.equal(code, 0, stderr);
    assert.ok(readFileSync(target).equals(big));
  });

  test('case 40: killed with -9 on the way down: only whole files, and the next run ends it', async () => {
    const local = join(home, 'killed-down');
    mkdirSync(local);
    await killed(local, `${server.url}/source`, local, '--limit-rate', '200k');
    const whole = contents(join(served, 'source'));
    for (const [name, hash] of Object.entries(contents(local))) {
      if (!name.split('/').at(-1)?.startsWith('.cs-')) assert.equal(hash, whole[name], name);
    }
    await synced(`${server.url}/source`, local);
    assert.deepEqual(contents(local), whole);
  });

  test('case 40: killed with -9 on the way up: only whole files, and the next run ends it', async () => {
    const remote = join(served, 'killed-up');
    mkdirSync(remote);
    await killed(remote, join(served, 'source'), `${server.url}/killed-up`, '--limit-rate', '200k');
    const whole = contents(join(served, 'source'));
    for (const [name, hash] of Object.entries(contents(remote))) {
      if (name in whole) assert.equal(hash, whole[name], name);
    }
    await synced(join(served, 'source'), `${server.url}/killed-up`, '--delete');
    const found = contents(remote);
    for (const [name, hash] of Object.entries(whole)) assert.equal(found[name], hash, name);
  });
});

describe('nginx', { skip: nginx === undefined }, () => {
  let url: string;
  let stop: () => Promise<void>;
  before(async () => {
    const port = await freePort();
    const base = join(home, 'nginx');
    mkdirSync(base);
    writeFileSync(
      join(base, 'nginx.conf'),
      `daemon off; master_process off; pid ${base}/pid; error_log ${base}/error.log;
      events {}
      http { access_log off; client_body_temp_path ${base}/b; proxy_temp_path ${base}/p; fastcgi_temp_path ${base}/f;
        uwsgi_temp_path ${base}/u; scgi_temp_path ${base}/s;
        server { listen 127.0.0.1:${port}; root ${served}; autoindex on; charset utf-8; } }`,
    );
    const child = spawn(nginx ?? '', ['-p', base, '-c', join(base, 'nginx.conf')], { stdio: 'ignore' });
    await accepts(port, child);
    url = `http://127.0.0.1:${port}`;
    stop = () => ended(child);
  });
  after(() => stop());

  test('an index is a tree: ls, get, sync twice', async () => {
    assert.match((await cs('ls', `${url}/source/`)).stdout, /^4 B .*a\.txt$|a\.txt/m);
    assert.equal((await cs('get', `${url}/source/a.txt`)).stdout, 'one\n');
    const local = join(home, 'web');
    const first = await synced(`${url}/source/`, local);
    assert.equal(first.copied, Object.keys(FILES).length);
    assert.deepEqual(contents(local), contents(join(served, 'source')));
    const again = await synced(`${url}/source/`, local);
    assert.deepEqual([again.copied, again.skipped], [0, Object.keys(FILES).length]);
  });

  test('what is not there, and what cannot be written', async () => {
    assert.equal((await cs('ls', `${url}/none/`)).code, 11);
    assert.equal((await cs('get', `${url}/none`)).code, 11);
    assert.notEqual((await cs('put', join(home, 'x.txt'), `${url}/source/`)).code, 0);
  });

  test('from one foreign server to another, through here', { skip: vsftpd === undefined }, async () => {
    const ftp = await startVsftpd(vsftpd ?? '', served);
    try {
      const { copied } = await synced(`${url}/source/`, `${ftp.url}/over`);
      assert.equal(copied, Object.keys(FILES).length);
      assert.deepEqual(contents(join(served, 'over')), contents(join(served, 'source')));
    } finally {
      await ftp.stop();
    }
  });
});
