/** HTTP makes no directories: they come with the first file in them, where the server lets them. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Serving, serve } from '../../interop/server.ts';

const home = mkdtempSync(join(tmpdir(), 'cs-web-directories-'));
const at = (...names: string[]): string => join(home, ...names);
const read = (...names: string[]): string => readFileSync(at('box', ...names), 'utf8');
let serving: Serving;
let url: string;

before(async () => {
  mkdirSync(at('src/a/b'), { recursive: true });
  mkdirSync(at('src/empty/inner'), { recursive: true });
  mkdirSync(at('box'));
  writeFileSync(at('src/x'), '1');
  writeFileSync(at('src/a/b/y'), '2');
  serving = await serve(['http', '--files', at('box'), '--write', '--delete']);
  url = `http://127.0.0.1:${serving.port('http')}`;
});
after(async () => {
  await serving.stop();
  rmSync(home, { recursive: true, force: true });
});

test('put -r carries a directory to a web server; empty ones are left, and told', async () => {
  const { code, stdout, stderr } = await serving.cs('put', '-r', at('src'), `${url}/new`, '--json');
  assert.equal(code, 0, stderr);
  assert.deepEqual([read('new/x'), read('new/a/b/y')], ['1', '2']);
  const left = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ action }) => action === 'skipped');
  assert.deepEqual(
    left.map(({ to }) => to),
    [`${url}/new/empty`, `${url}/new/empty/inner`],
  );
  assert.ok(!existsSync(at('box/new/empty')));
});

test('several files go below a directory that is not there yet, and a file deep into new ones', async () => {
  const several = await serving.cs('put', at('src/x'), at('src/a/b/y'), `${url}/several/`);
  assert.equal(several.code, 0, several.stderr);
  assert.deepEqual([read('several/x'), read('several/y')], ['1', '2']);
  const deep = await serving.cs('put', at('src/x'), `${url}/one/two/three`);
  assert.equal(deep.code, 0, deep.stderr);
  assert.equal(read('one/two/three'), '1');
});

test('sync makes a mirror, and the second time has nothing to do', async () => {
  const first = await serving.cs('sync', at('src'), `${url}/mirror`, '--json');
  assert.equal(first.code, 0, first.stderr);
  const again = await serving.cs('sync', at('src'), `${url}/mirror`, '--json');
  assert.deepEqual([JSON.parse(again.stdout).copied, JSON.parse(again.stdout).skipped], [0, 2]);
  const less = await serving.cs('sync', '--delete', at('src/a'), `${url}/mirror`);
  assert.equal(less.code, 0, less.stderr);
  assert.deepEqual([read('mirror/b/y'), existsSync(at('box/mirror/x'))], ['2', false]);
});

test('mv keeps the directories that could not come along', async () => {
  mkdirSync(at('moved/full'), { recursive: true });
  mkdirSync(at('moved/bare'));
  writeFileSync(at('moved/full/f'), 'f');
  const { code, stderr } = await serving.cs('mv', at('moved'), `${url}/moved`);
  assert.equal(code, 0, stderr);
  assert.equal(read('moved/full/f'), 'f');
  assert.deepEqual([existsSync(at('moved/bare')), existsSync(at('moved/full'))], [true, false]);
});

test('mkdir says what makes a directory there', async () => {
  const { code, stderr } = await serving.cs('mkdir', `${url}/made`);
  assert.equal(code, 1);
  assert.match(stderr, /makes no directories\nhint: {2}a file brings its directory along: cs put FILE /);
});

test('a server that makes none on the way is told with what helps', async () => {
  const strict = createServer((request, response) => {
    response.writeHead(request.method === 'PUT' ? 409 : 404).end();
  });
  await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve));
  const { port } = strict.address() as AddressInfo;
  const { code, stderr } = await serving.cs('put', at('src/x'), `http://127.0.0.1:${port}/a/b`);
  strict.close();
  assert.equal(code, 9);
  assert.match(stderr, /409 Conflict\nhint: .*create_full_put_path/);
});
