/** Our HTTP client against web servers that others wrote: their indexes as files, ranges, TLS, HTTP/2, logins. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CS, sh, tool } from './server.ts';
import { apache, type Foreign, forget, lighttpd, nginx, python } from './web-servers.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-http-servers-'));
// Servers become another user.
chmodSync(scratch, 0o755);
after(() => forget(scratch));
const LIMIT = { timeout: 120_000 };

const root = join(scratch, 'root');
const TIME = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const BIG = Buffer.alloc(3_000_000, 'the same again. ');
const FILES: Readonly<Record<string, string | Buffer>> = {
  'a.txt': 'hello\n',
  "two  words & 'quotes' 100%.txt": 'odd name\n',
  'grüße-日本.txt': 'unicode\n',
  'empty.bin': '',
  'a-rather-long-name-that-every-index-page-cuts-off-somewhere-in-its-column.tar': 'long\n',
  'big.bin': BIG,
  'sub/deep/er.txt': 'deep\n',
};
mkdirSync(join(root, 'sub', 'deep'), { recursive: true });
for (const [name, content] of Object.entries(FILES)) {
  writeFileSync(join(root, name), content, { mode: 0o644 });
  utimesSync(join(root, name), TIME, TIME);
}
for (const dir of [root, join(root, 'sub'), join(root, 'sub', 'deep')]) chmodSync(dir, 0o755);

const env = { XDG_CONFIG_HOME: scratch, XDG_RUNTIME_DIR: scratch, HOME: scratch };
const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { env });

let made = 0;
const dirOf = (): string => join(scratch, `d${++made}`);

const SERVERS: readonly [string, string, (file: string) => Promise<Foreign>][] = [
  ['nginx autoindex', 'nginx', (file) => nginx(file, dirOf(), root, 'autoindex on;')],
  [
    'nginx autoindex, sizes rounded',
    'nginx',
    (file) => nginx(file, dirOf(), root, 'autoindex on; autoindex_exact_size off;'),
  ],
  ['nginx autoindex as JSON', 'nginx', (file) => nginx(file, dirOf(), root, 'autoindex on; autoindex_format json;')],
  ['Apache, plain', 'apache2', (file) => apache(file, dirOf(), root, 'None')],
  ['Apache, fancy', 'apache2', (file) => apache(file, dirOf(), root, 'FancyIndexing NameWidth=20 Charset=UTF-8')],
  ['Apache, table', 'apache2', (file) => apache(file, dirOf(), root, 'FancyIndexing HTMLTable Charset=UTF-8')],
  ['lighttpd', 'lighttpd', (file) => lighttpd(file, dirOf(), root)],
  ['Python', 'python3', (file) => python(file, root)],
];

for (const [name, program, start] of SERVERS) {
  const file = tool(program);
  if (file === undefined) continue;
  describe(name, () => {
    test('its index is a list of files, with their real sizes', LIMIT, async () => {
      await using server = await start(file);
      const ran = await cs('ls', server.url, '--json');
      assert.equal(ran.code, 0, ran.stderr);
      const found = ran.stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .flatMap((line) => {
          const object = JSON.parse(line);
          return object.entries ?? object.files ?? [object];
        })
        .filter((one: { kind?: string }) => one.kind === 'file')
        .map((one: { name: string; size: number }) => `${one.name.replace(/^.*\//, '')} ${one.size}`);
      const wanted = Object.entries(FILES)
        .filter(([path]) => !path.includes('/'))
        .map(([path, content]) => `${path} ${Buffer.byteLength(content)}`);
      assert.deepEqual(found.sort(), wanted.sort());
    });

    test('all of it is fetched, octet for octet', LIMIT, async () => {
      await using server = await start(file);
      const to = dirOf();
      mkdirSync(to);
      const ran = await cs('get', '-r', server.url, '-o', to);
      assert.equal(ran.code, 0, ran.stderr);
      for (const [path, content] of Object.entries(FILES)) {
        const [copy] = [join(to, path), join(to, 'root', path)].flatMap((one) => {
          try {
            return [readFileSync(one)];
          } catch {
            return [];
          }
        });
        assert.ok(copy?.equals(Buffer.from(content)), path);
      }
    });
  });
}

const nginxFile = tool('nginx');
if (nginxFile !== undefined) {
  describe('nginx', () => {
    test('one page, its times and its status', LIMIT, async () => {
      await using server = await nginx(nginxFile, dirOf(), root, '');
      assert.equal((await cs('get', `${server.url}a.txt`)).stdout, 'hello\n');
      assert.equal((await cs('get', `${server.url}none`)).code, 11);
      assert.equal((await cs('get', `${server.url}sub/`)).code, 9);
    });

    test('a download that was cut goes on under the ETag', LIMIT, async () => {
      await using server = await nginx(nginxFile, dirOf(), root, 'limit_rate 300k;');
      const to = join(scratch, 'resumed.bin');
      const begun = () => statSync(join(scratch, '.resumed.bin.cs-part'), { throwIfNoEntry: false })?.size ?? 0;
      const args = [CS, 'get', `${server.url}big.bin`, '-o', to, '-C'];
      const first = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...env } });
      const ended = once(first, 'exit');
      while (begun() === 0 && first.exitCode === null) await new Promise(setImmediate);
      first.kill('SIGTERM');
      await ended;
      assert.equal(existsSync(to), false);
      assert.ok(begun() > 0);
      const hash = createHash('sha256').update(BIG).digest('hex');
      const second = await cs('get', `${server.url}big.bin`, '-o', to, '-C', '--checksum', `sha256:${hash}`);
      assert.equal(second.code, 0, second.stderr);
      assert.ok(readFileSync(to).equals(BIG));
    });

    test('big files by several ranges at once', LIMIT, async () => {
      await using server = await nginx(nginxFile, dirOf(), root, '');
      const to = join(scratch, 'segments.bin');
      const ran = await cs('get', `${server.url}big.bin`, '-o', to, '--segments', '4');
      assert.equal(ran.code, 0, ran.stderr);
      assert.ok(readFileSync(to).equals(BIG));
    });

    test('HTTP/2 and HTTP/1.1 over TLS; a certificate that nobody vouches for is exit 5', LIMIT, async () => {
      const dir = dirOf();
      await using server = await nginx(nginxFile, dir, root, 'gzip on; gzip_types *; gzip_min_length 1;', true);
      assert.equal((await cs('get', `${server.url}a.txt`)).code, 5);
      const ca = ['--ca', join(dir, 'cert.pem')];
      for (const [http, version] of [
        ['auto', '2'],
        ['2', '2'],
        ['1.1', '1.1'],
      ] as const) {
        const ran = await cs(
          'send',
          'request',
          `${server.url}big.bin`,
          ...ca,
          '--http',
          http,
          '--json=http,size,received',
        );
        assert.equal(ran.code, 0, ran.stderr);
        const { http: spoken, size, received } = JSON.parse(ran.stdout);
        assert.deepEqual([spoken, size], [version, BIG.length]);
        assert.ok(received < BIG.length / 10);
      }
      const probe = JSON.parse((await cs('probe', server.url, ...ca, '--json')).stdout);
      assert.deepEqual(probe.protocols, ['h2', 'http/1.1']);
      assert.ok(probe.compression.includes('gzip'));
    });

    test('PUT and DELETE where it takes them', LIMIT, async () => {
      const dav = join(scratch, 'dav');
      mkdirSync(dav, { mode: 0o777 });
      chmodSync(dav, 0o777);
      await using server = await nginx(nginxFile, dirOf(), dav, 'dav_methods PUT DELETE; autoindex on;');
      const put = await cs('put', join(root, 'big.bin'), `${server.url}up.bin`);
      assert.equal(put.code, 0, put.stderr);
      assert.ok(readFileSync(join(dav, 'up.bin')).equals(BIG));
      const rm = await cs('rm', '--yes', `${server.url}up.bin`);
      assert.equal(rm.code, 0, rm.stderr);
      assert.equal((await cs('get', `${server.url}up.bin`)).code, 11);
    });
  });
}

const apacheFile = tool('apache2');
if (apacheFile !== undefined) {
  test('Apache: digest and basic logins; another password is exit 4', LIMIT, async () => {
    const users = join(scratch, 'users');
    const hash = (text: string) => createHash('md5').update(text).digest('hex');
    writeFileSync(users, `ann:realm:${hash('ann:realm:wonderland')}\n`, { mode: 0o644 });
    const right = join(scratch, 'right');
    const wrong = join(scratch, 'wrong');
    writeFileSync(right, 'wonderland\n', { mode: 0o600 });
    writeFileSync(wrong, 'looking-glass\n', { mode: 0o600 });
    const rule = `AuthType Digest\nAuthName "realm"\nAuthDigestProvider file\nAuthUserFile ${users}\nRequire valid-user`;
    await using server = await apache(apacheFile, dirOf(), root, 'None', rule);
    const get = (...args: string[]) => cs('get', `${server.url}a.txt`, ...args);
    assert.equal((await get()).code, 4);
    const ran = await get('--user', 'ann', '--password-file', right);
    assert.deepEqual([ran.code, ran.stdout], [0, 'hello\n'], ran.stderr);
    assert.equal((await get('--user', 'ann', '--password-file', wrong)).code, 4);
  });
}
