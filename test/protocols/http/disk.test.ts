/** A directory of this machine over HTTP: nothing outside it, nothing hidden, and never a file that is half one and half another. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaults } from '../../../src/kit/option.ts';
import { open } from '../../../src/stores/disk/open.ts';
import { options as diskOptions } from '../../../src/stores/disk/options.ts';
import { withoutDotfiles } from '../../../src/stores/wrap/files/dotfiles.ts';
import { dial, talk } from '../shared/http/stage.ts';
import { ask, parse, type Stage, web } from './stage.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-http-disk-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const SECRET = 'nobody may read this';

interface Place extends Stage {
  readonly root: string;
}

let places = 0;
async function place(fastPath: 'on' | 'off' = 'on'): Promise<Place> {
  const root = join(scratch, `root-${++places}`);
  mkdirSync(join(root, 'dir'), { recursive: true });
  mkdirSync(`${root}-old`);
  writeFileSync(join(scratch, 'outside'), SECRET);
  writeFileSync(join(`${root}-old`, 'f'), SECRET);
  writeFileSync(join(root, 'inside.txt'), 'inside');
  const { tree } = await open({ root, options: defaults(diskOptions), log: () => {} });
  const stage = await web(withoutDotfiles(tree), { fastPath, recheck: 0 });
  return Object.assign(stage, { root });
}

for (const fastPath of ['on', 'off'] as const) {
  test(`PA-01 no spelling leads outside (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    const name = stage.root.split('/').at(-1);
    const targets = [
      ...[
        '/../outside',
        '/..',
        '/..%2foutside',
        '/%2e%2e/outside',
        '/%2e%2e%2foutside',
        '/..%5coutside',
        '/..\\outside',
      ],
      ...[
        '/....//outside',
        '/%c0%ae%c0%ae/outside',
        '/..;/outside',
        '/%2fetc/passwd',
        '//etc/passwd',
        '/%252e%252e/outside',
      ],
      ...[`/../${name}-old/f`, '/dir/../../outside', '/./../outside', '/inside.txt/../../outside'],
    ];
    for (const target of targets) {
      const { status, body, headers } = await ask(stage, target);
      assert.ok(status === 400 || status === 404, `${target}: ${status}`);
      assert.ok(!body.includes(SECRET), target);
      assert.equal(headers.location, undefined);
    }
    assert.equal(parse(await talk(stage, 'GET file:///etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n')).status, 400);
  });

  test(`PA-03 the query takes no part (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    for (const query of ['?raw??', '?import&raw', '?.svg?.wasm?init', '?/../../outside', '?%00', '?%zz']) {
      assert.equal((await ask(stage, `/inside.txt${query}`)).body, 'inside');
    }
  });

  test(`PA-04 octets that no name has (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    for (const name of ['a%00b', 'a%0d%0ab', 'x'.repeat(4097), 'a/'.repeat(5000), '%ff', '%ed%a0%80', '%', '%zz']) {
      const { status } = await ask(stage, `/${name}`);
      assert.ok(status === 400 || status === 414, `${name.slice(0, 20)}: ${status}`);
    }
    assert.equal((await ask(stage, `/${'y'.repeat(300)}`)).status, 404);
  });

  test(`PA-09 dotfiles are not there; .well-known is (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    for (const directory of ['.git', '.well-known', 'dir/.well-known']) mkdirSync(join(stage.root, directory));
    for (const file of ['.env', '.git/config', 'dir/.htpasswd', 'dir/.well-known/x']) {
      writeFileSync(join(stage.root, file), SECRET);
      assert.equal((await ask(stage, `/${file}`)).status, 404, file);
    }
    writeFileSync(join(stage.root, '.well-known/x'), 'known');
    assert.equal((await ask(stage, '/.well-known/x')).body, 'known');
  });

  test(`PA-05 links: in is followed, out and loops are not there (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    const link = (to: string, name: string): void => symlinkSync(to, join(stage.root, name));
    link('inside.txt', 'fine');
    link('../outside', 'relative');
    link(join(scratch, 'outside'), 'absolute');
    link('relative', 'chain');
    link('..', 'parent');
    link('loop', 'loop');
    assert.equal((await ask(stage, '/fine')).body, 'inside');
    for (const name of ['relative', 'absolute', 'chain', 'parent/outside', 'loop', `parent/root-${places}-old/f`]) {
      assert.equal((await ask(stage, `/${name}`)).status, 404, name);
    }
  });

  test(`what is no file is not there, and nothing hangs (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    execFileSync('mkfifo', [join(stage.root, 'pipe')]);
    assert.equal((await ask(stage, '/pipe')).status, 404);
  });

  test(`another content has another tag, within the same second and of the same length (fast path ${fastPath})`, async () => {
    await using stage = await place(fastPath);
    const first = await ask(stage, '/inside.txt');
    writeFileSync(join(stage.root, 'new'), 'edisni');
    renameSync(join(stage.root, 'new'), join(stage.root, 'inside.txt'));
    const second = await ask(stage, '/inside.txt');
    assert.equal(second.body, 'edisni');
    assert.notEqual(second.headers.etag, first.headers.etag);
    writeFileSync(join(stage.root, 'inside.txt'), 'insode');
    const third = await ask(stage, '/inside.txt', [`If-None-Match: ${second.headers.etag}`]);
    assert.equal(third.body, 'insode');
    appendFileSync(join(stage.root, 'inside.txt'), ' and on');
    assert.equal((await ask(stage, '/inside.txt')).body, 'insode and on');
    unlinkSync(join(stage.root, 'inside.txt'));
    assert.equal((await ask(stage, '/inside.txt')).status, 404);
    writeFileSync(join(stage.root, 'inside.txt'), 'back');
    assert.equal((await ask(stage, '/inside.txt')).body, 'back');
  });
}

test('a file that becomes shorter while it is sent is cut off, never ended', async () => {
  await using stage = await place();
  const size = 64 * 1024 * 1024;
  const path = join(stage.root, 'large.bin');
  writeFileSync(path, '');
  truncateSync(path, size);
  const socket = await dial(stage);
  socket.write('GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let got = 0;
  for await (const chunk of socket) {
    if (got === 0) truncateSync(path, 1000);
    got += (chunk as Buffer).length;
  }
  assert.ok(got < size, `${got} octets of ${size}`);
});

test('a root that is deleted is 404', async () => {
  await using stage = await place();
  rmSync(stage.root, { recursive: true });
  assert.equal((await ask(stage, '/inside.txt')).status, 404);
});

test('HT-33 line ends in names and queries reach no header and no log line', async () => {
  await using stage = await place();
  mkdirSync(join(stage.root, 'dir two'));
  const { headers } = await ask(stage, '/dir%20two?x=%0d%0aSet-Cookie:%20a=b');
  assert.equal(headers.location, '/dir%20two/?x=%0d%0aSet-Cookie:%20a=b');
  assert.equal(headers['set-cookie'], undefined);
  assert.equal((await ask(stage, '/%0d%0aSet-Cookie:x')).status, 400);
});

test('HT-30 names of prototypes are plain names', async () => {
  await using stage = await place();
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.equal((await ask(stage, `/${name}`)).status, 404);
    writeFileSync(join(stage.root, name), name);
    assert.equal((await ask(stage, `/${name}?${name}=1`, [`${name}: x`])).body, name);
  }
});
