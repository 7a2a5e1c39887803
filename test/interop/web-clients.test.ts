/** Programs that others wrote read our indexes and upload to us: curl, wget, rclone, lftp, tar, unzip. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { noise } from '../property.ts';
import { type Serving, serve, sh, tool } from './server.ts';

const curl = tool('curl') ?? '';
const SIZE = 24_000_000;
const TUS = ['-H', 'Tus-Resumable: 1.0.0'];
const absent = (name: string) => tool(name) === undefined && `${name} is not installed`;

/** Path → digest of every file; our own staging and the indexes that mirroring programs keep are none of it. */
function tree(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    if (name.startsWith('.cs-') || /(?:^|\/)index\.html(?:\.tmp)?$/.test(name) || statSync(path).isDirectory())
      continue;
    files.set(name, createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  return files;
}

/** How many uploads have brought more than a resumable one may lose by a crash. */
function wellBegun(root: string): number {
  const staging = join(root, '.cs-staging');
  const sizes = readdirSync(staging).map((name) => statSync(join(staging, name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.filter((size) => size > 10_000_000).length;
}

function fill(root: string): void {
  mkdirSync(join(root, 'docs/deep er'), { recursive: true });
  mkdirSync(join(root, 'empty'));
  writeFileSync(join(root, 'a.txt'), 'hello\n');
  writeFileSync(join(root, 'docs/b.bin'), noise(300_000));
  writeFileSync(join(root, 'docs/deep er/ü & #1 (50%)?.txt'), 'odd\n');
  writeFileSync(join(root, 'docs/deep er/zero'), '');
}

describe('programs that mirror an index', () => {
  let server: Serving;
  let place: string;
  let url: string;
  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-web-'));
    fill(join(place, 'root'));
    server = await serve(['http', '--files', join(place, 'root')]);
    url = `http://127.0.0.1:${server.port('http')}/`;
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    rmSync(place, { recursive: true });
  });

  for (const [name, args] of [
    ['wget', (to: string) => ['-q', '-r', '-np', '-nH', '-l', '9', '-P', to, '--restrict-file-names=nocontrol', url]],
    ['rclone', (to: string) => ['copy', '--config', '/dev/null', '--http-url', url, ':http:', to]],
    ['lftp', (to: string) => ['-c', `mirror ${url} ${to}`]],
  ] as const) {
    test(`${name} has every file, octet for octet`, { skip: absent(name) }, async () => {
      const to = join(place, name);
      const ran = await sh(tool(name) ?? '', args(to));
      assert.equal(ran.code, 0, ran.stderr);
      assert.deepEqual([...tree(to)].sort(), [...tree(join(place, 'root'))].sort());
    });
  }

  test('rclone checks against us', { skip: absent('rclone') }, async () => {
    const to = join(place, 'checked');
    const args = ['--config', '/dev/null', '--http-url', url, ':http:', to];
    assert.equal((await sh(tool('rclone') ?? '', ['sync', ...args])).code, 0);
    const ran = await sh(tool('rclone') ?? '', ['check', '--download', ...args]);
    assert.equal(ran.code, 0, ran.stderr);
  });

  test('tar and Python unpack a folder', { skip: absent('curl') }, async () => {
    const [tar, zip] = [join(place, 'x.tar'), join(place, 'x.zip')];
    assert.equal((await sh(curl, ['-sSf', '-o', tar, `${url}docs/?archive=tar`])).code, 0);
    assert.equal((await sh(curl, ['-sSf', '-o', zip, `${url}docs/?archive=zip`])).code, 0);
    mkdirSync(join(place, 'tar'));
    const unpacked = await sh('tar', ['-xf', tar, '-C', join(place, 'tar')]);
    assert.equal(unpacked.code, 0, unpacked.stderr);
    const unzipped = await sh('python3', ['-m', 'zipfile', '-e', zip, join(place, 'zip')]);
    assert.equal(unzipped.code, 0, unzipped.stderr);
    const expected = [...tree(join(place, 'root/docs'))].sort();
    for (const kind of ['tar', 'zip']) assert.deepEqual([...tree(join(place, kind, 'docs'))].sort(), expected, kind);
  });
});

describe('curl uploads', { skip: absent('curl') }, () => {
  let server: Serving;
  let place: string;
  let root: string;
  let url: string;
  const start = async (): Promise<void> => {
    server = await serve(['http', '--files', root, '--write', '--delete']);
    url = `http://127.0.0.1:${server.port('http')}/`;
  };
  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'cs-web-'));
    root = join(place, 'root');
    mkdirSync(root);
    writeFileSync(join(place, 'big'), noise(SIZE));
    await start();
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
    rmSync(place, { recursive: true });
  });
  const big = () => readFileSync(join(place, 'big'));
  const status = async (...args: string[]) => {
    const ran = await sh(curl, ['-sS', '-o', '/dev/null', '-w', '%{http_code}', ...args]);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout;
  };

  test('curl -T: a file, from a pipe, under conditions; curl -X DELETE', async () => {
    assert.equal(await status('-T', join(place, 'big'), `${url}new/big`), '201');
    assert.equal(await status('-T', join(place, 'big'), `${url}new/big`), '204');
    assert.ok(readFileSync(join(root, 'new/big')).equals(big()));
    assert.equal(await status('-T', '-', `${url}piped`), '201');
    assert.equal(await status('-H', 'If-None-Match: *', '-T', join(place, 'big'), `${url}piped`), '412');
    assert.equal(statSync(join(root, 'piped')).size, 0);
    assert.equal(await status('-X', 'DELETE', `${url}piped`), '204');
  });

  test('curl -F: two files', async () => {
    const form = ['-F', `file=@${join(place, 'big')};filename=one`, '-F', 'file=second;filename=two'];
    assert.equal(await status(...form, url), '201');
    assert.equal(await status(...form, url), '409');
    assert.ok(readFileSync(join(root, 'one')).equals(big()));
    assert.equal(readFileSync(join(root, 'two'), 'utf8'), 'second');
  });

  /** Creates an upload; resolves to its address. */
  const create = async (name: string, length: number): Promise<string> => {
    const metadata = `Upload-Metadata: filename ${Buffer.from(name).toString('base64')}`;
    const ran = await sh(curl, ['-sSi', '-X', 'POST', ...TUS, '-H', `Upload-Length: ${length}`, '-H', metadata, url]);
    const location = /^location: \/(.*)$/im.exec(ran.stdout)?.[1]?.trim();
    assert.ok(location, ran.stdout);
    return location;
  };
  const offset = async (location: string): Promise<number> => {
    const ran = await sh(curl, ['-sSI', ...TUS, `${url}${location}`]);
    return Number(/^upload-offset: (\d+)/im.exec(ran.stdout)?.[1]);
  };
  const patch = (location: string, from: number, ...more: string[]) => {
    writeFileSync(join(place, 'rest'), big().subarray(from));
    const type = 'Content-Type: application/offset+octet-stream';
    const head = [...TUS, '-H', type, '-H', `Upload-Offset: ${from}`];
    return sh(curl, [
      '-sS',
      '-X',
      'PATCH',
      ...head,
      '--data-binary',
      `@${join(place, 'rest')}`,
      ...more,
      `${url}${location}`,
    ]);
  };

  test('a resumable upload that is cut by the client goes on where it was', async () => {
    const location = await create('cut', SIZE);
    let reached = 0;
    // On a busy machine the first second may pass before the first octet.
    while (reached === 0) {
      await patch(location, 0, '--limit-rate', '6m', '--max-time', '1');
      reached = await offset(location);
    }
    assert.ok(reached > 0 && reached < SIZE, `${reached}`);
    assert.ok(!readdirSync(root).includes('cut'));
    assert.equal((await patch(location, reached)).code, 0);
    assert.ok(readFileSync(join(root, 'cut')).equals(big()));
  });

  test('kill -9 during uploads: nobody sees half a file, and a resumable one goes on after the restart', async () => {
    writeFileSync(join(root, 'old'), 'as it was');
    const location = await create('killed', SIZE);
    const uploads = [
      patch(location, 0, '--limit-rate', '3m'),
      sh(curl, ['-sS', '--limit-rate', '3m', '-T', join(place, 'big'), `${url}old`]),
      sh(curl, ['-sS', '--limit-rate', '3m', '-T', join(place, 'big'), `${url}fresh`]),
    ];
    // Slow enough that none ends while another one has not begun.
    while (wellBegun(root) < 3) await new Promise(setImmediate);
    server.child.kill('SIGKILL');
    await Promise.all(uploads);
    const seen = readdirSync(root).filter((name) => !name.startsWith('.'));
    assert.ok(!seen.includes('fresh') && !seen.includes('killed'), `${seen}`);
    assert.equal(readFileSync(join(root, 'old'), 'utf8'), 'as it was');
    await start();
    const reached = await offset(location);
    assert.ok(reached > 0 && reached < SIZE, `${reached}`);
    assert.equal((await patch(location, reached)).code, 0);
    assert.ok(readFileSync(join(root, 'killed')).equals(big()));
    assert.equal(await status('-T', join(place, 'big'), `${url}old`), '204');
  });

  test('a webhook is captured, and waited for', async () => {
    const hooks = await serve(['http', '--files', root, '--capture', '/hook=202']);
    const at = `http://127.0.0.1:${hooks.port('http')}/hook`;
    assert.equal(await status('-d', 'event=paid', `${at}?id=7`), '202');
    const args = ['--method', 'POST', '--path', '/hook', '--body', 'event=paid', '--timeout', '5s', '--print', 'body'];
    const waited = await hooks.cs('wait', 'request', ...args);
    assert.deepEqual([waited.code, waited.stdout.trim()], [0, 'event=paid'], waited.stderr);
    assert.equal(await hooks.stop(), 0);
  });
});
