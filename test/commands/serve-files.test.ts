/** The files of servers from the command line: roots, gates, gateways, and `cs run` in memory. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { splitOperands } from '../../src/commands/serving/open-files.ts';
import { CS, serve, sh } from '../interop/server.ts';

const base = mkdtempSync(join(tmpdir(), 'cs-serve-files-'));
after(() => rmSync(base, { recursive: true }));

function root(name: string): string {
  const dir = join(base, name);
  mkdirSync(join(dir, 'sub'), { recursive: true });
  writeFileSync(join(dir, 'index.txt'), 'hello\n');
  writeFileSync(join(dir, 'sub', 'inner.txt'), 'inner\n');
  writeFileSync(join(dir, '.env'), 'SECRET=1\n');
  return dir;
}

const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { input: '' });

describe('the root', () => {
  test('an operand with a separator is the root, the others are services', () => {
    const rows: [string[], string | undefined, string[], string | undefined][] = [
      [['http'], undefined, ['http'], undefined],
      [['http', './dist'], undefined, ['http'], './dist'],
      [['http', '.', 'ftp'], undefined, ['http', 'ftp'], '.'],
      [['..', 'ftp'], undefined, ['ftp'], '..'],
      [['http', 'page.html'], undefined, ['http'], 'page.html'],
      [['ftp'], '/srv', ['ftp'], '/srv'],
      [['http', 'ftp://host/dir'], undefined, ['http'], 'ftp://host/dir'],
    ];
    for (const [words, files, services, found] of rows) {
      assert.deepEqual(splitOperands(words, files), { services, root: found });
    }
    assert.throws(() => splitOperands(['http', './a', './b'], undefined), { code: 'CS_USAGE' });
    assert.throws(() => splitOperands(['http', './a'], './b'), { code: 'CS_USAGE' });
  });

  test('one that is not there ends the start', async () => {
    const dir = root('start');
    const none = await cs('serve', 'http', `${dir}/none`, '--port', '0');
    assert.equal(none.code, 11, none.stderr);
  });
});

describe('one file', () => {
  test('a page is served at its name and at /, and nothing beside it', async () => {
    const dir = root('page');
    writeFileSync(join(dir, 'page.html'), '<h1>one</h1>');
    const serving = await serve(['http', 'ftp', join(dir, 'page.html'), '--write', '--delete', '--dotfiles']);
    try {
      const [http, ftp] = ['http', 'ftp'].map((scheme) => `${scheme}://127.0.0.1:${serving.port(scheme)}`);
      for (const path of ['/', '/page.html']) {
        assert.equal((await cs('get', `${http}${path}`, '-o', '-')).stdout, '<h1>one</h1>');
      }
      for (const path of ['/index.txt', '/sub/inner.txt', '/sub/', '/.env']) {
        assert.equal((await cs('get', `${http}${path}`, '-o', '-')).code, 11, path);
      }
      assert.equal((await cs('ls', `${ftp}/`, '--format', '{name}')).stdout.trim(), 'page.html');
      assert.notEqual((await cs('put', join(dir, 'index.txt'), `${ftp}/new.txt`)).code, 0);
      assert.notEqual((await cs('rm', '--yes', `${ftp}/page.html`)).code, 0);
      assert.equal((await cs('put', join(dir, 'index.txt'), `${http}/page.html`)).code, 0);
      assert.equal(readFileSync(join(dir, 'page.html'), 'utf8'), 'hello\n');
      assert.deepEqual(readdirSync(dir).sort(), ['.env', 'index.txt', 'page.html', 'sub']);
    } finally {
      await serving.stop();
    }
  });
});

describe('gates', () => {
  test('read only, without dotfiles and without its own data, unless told otherwise', async () => {
    const dir = root('plain');
    const serving = await serve(['http', 'ftp', dir], { data: join(dir, 'own-data') });
    try {
      for (const scheme of ['http', 'ftp']) {
        const url = `${scheme}://127.0.0.1:${serving.port(scheme)}`;
        assert.equal((await cs('get', `${url}/index.txt`, '-o', '-')).stdout, 'hello\n');
        for (const path of ['.env', 'own-data/store.db', 'none']) {
          assert.equal((await cs('get', `${url}/${path}`, '-o', '-')).code, 11, `${url}/${path}`);
        }
        assert.ok(!(await cs('ls', `${url}/`)).stdout.includes('own-data'));
        assert.notEqual((await cs('put', join(dir, 'index.txt'), `${url}/new.txt`)).code, 0);
        assert.notEqual((await cs('rm', '--yes', `${url}/index.txt`)).code, 0);
      }
      assert.ok(!existsSync(join(dir, 'new.txt')));
      assert.ok(!existsSync(join(dir, '.cs-staging')), 'a server that writes nothing makes nothing');
    } finally {
      await serving.stop();
    }
  });

  test('--write stores and renames, only --delete removes', async () => {
    const dir = root('write');
    const serving = await serve(['ftp', dir, '--write']);
    try {
      const url = `ftp://127.0.0.1:${serving.port('ftp')}`;
      assert.equal((await cs('put', join(dir, 'index.txt'), `${url}/new.txt`)).code, 0);
      assert.equal((await cs('mv', `${url}/new.txt`, `${url}/named.txt`)).code, 0);
      assert.equal((await cs('mkdir', `${url}/made`)).code, 0);
      assert.notEqual((await cs('rm', '--yes', `${url}/named.txt`)).code, 0);
      assert.equal(readFileSync(join(dir, 'named.txt'), 'utf8'), 'hello\n');
      const waited = await serving.cs('wait', 'file', '--name', 'new.txt', '--timeout', '5s');
      assert.equal(waited.code, 0, waited.stderr);
    } finally {
      await serving.stop();
    }
    assert.deepEqual(readdirSync(dir).sort(), ['.env', 'index.txt', 'made', 'named.txt', 'sub']);
  });
});

test('cs run: a copy in memory that the command may change as it likes; the directory stays as it is', async () => {
  const dir = root('run');
  const script = [
    'set -e',
    `cs() { "${process.execPath}" "${CS}" "$@"; }`,
    'test "$(cs get "$CS_FTP_URL/index.txt" -o -)" = hello',
    `cs put "${join(dir, 'sub', 'inner.txt')}" "$CS_FTP_URL/index.txt"`,
    'test "$(cs get "$CS_FTP_URL/index.txt" -o -)" = inner',
    'cs rm --yes "$CS_FTP_URL/sub/inner.txt"',
    'if cs get "$CS_FTP_URL/.env" -o -; then exit 9; fi',
  ].join('\n');
  const { code, stderr } = await cs('run', 'ftp', '--files', dir, '--', 'sh', '-c', script);
  assert.equal(code, 0, stderr);
  assert.deepEqual(readdirSync(dir).sort(), ['.env', 'index.txt', 'sub']);
  assert.equal(readFileSync(join(dir, 'index.txt'), 'utf8'), 'hello\n');
  assert.equal(readFileSync(join(dir, 'sub', 'inner.txt'), 'utf8'), 'inner\n');
});
