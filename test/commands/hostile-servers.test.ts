/** trust.md 6, our client against hostile servers: the program as its user calls it, and what it leaves on this disk. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { CS, sh } from '../interop/server.ts';
import { file, listing } from '../protocols/ftp/client-against.ts';
import { type Script, scripted } from '../protocols/ftp/client-script.ts';
import { type Answer, peer, reply } from '../protocols/http/client/peer.ts';

const home = mkdtempSync(join(tmpdir(), 'cs-hostile-'));
after(() => rmSync(home, { recursive: true, force: true }));
const env = { HOME: home, XDG_CONFIG_HOME: home, CI: '', NO_COLOR: '1' };
const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { env });

let places = 0;
/** A directory to copy into, alone in one of its own. */
function place(): { into: string; around: string; everything: () => string[] } {
  const around = join(home, `place${places++}`);
  const into = join(around, 'into');
  mkdirSync(into, { recursive: true });
  const everything = () => readdirSync(around, { recursive: true, encoding: 'utf8' }).sort();
  return { into, around, everything };
}

/** Any file can be had, whatever it is called. */
const generous =
  (rows: string): Script =>
  (line, say, at) => {
    if (line?.startsWith('MLST /') && line !== 'MLST /') say(file(4));
    else if (line?.startsWith('MLST')) say('250-Listing\r\n type=dir; /\r\n250 End');
    else if (line?.startsWith('RETR')) at.transfer((data) => data.end('evil', () => say('226 done')));
    else if (line?.startsWith('CWD')) say('250 ok');
    else return listing(rows)(line, say, at);
    return true;
  };

for (const name of ['../../.ssh/authorized_keys', '../evil', '/tmp/cs-hostile-evil', 'a/../../evil']) {
  for (const verb of [['cp', '-r'], ['sync']]) {
    test(`CL-02 cs ${verb[0]} from a listing that names ${name}: exit 8, nothing outside`, async () => {
      const { into, everything } = place();
      await using server = await scripted(generous(`type=file;size=4; fine\r\ntype=file;size=4; ${name}\r\n`));
      const ran = await cs(...verb, `ftp://127.0.0.1:${server.port}/`, into);
      assert.equal(ran.code, 8, ran.stderr);
      assert.deepEqual(
        everything().filter((one) => !['into', 'into/fine'].includes(one)),
        [],
      );
      assert.ok(!server.heard.some((line) => /^RETR .*(evil|authorized)/.test(line)));
    });
  }
}

test('CL-02 names with controls are never made, and said without them', async () => {
  const { into, everything } = place();
  await using server = await scripted(
    generous('type=file;size=4; fine\r\ntype=file;size=4; a\x1b]52;c;ZXZpbA==\x07\r\n'),
  );
  const ran = await cs('cp', '-r', `ftp://127.0.0.1:${server.port}/`, into);
  assert.doesNotMatch(ran.stderr + ran.stdout, /[\x00-\x08\x0b-\x1f\x7f]/);
  assert.match(ran.stderr, /left.out/);
  assert.deepEqual(
    everything().filter((one) => /\x1b|52;c/.test(one)),
    [],
  );
});

test('CL-02 a link in a listing is no link here: it is what it leads to', async () => {
  const { into, everything } = place();
  const rows = 'type=OS.unix=slink:/etc/passwd;size=4; one\r\ntype=OS.unix=symlink;size=4; two\r\n';
  await using server = await scripted(generous(rows));
  const ran = await cs('cp', '-r', `ftp://127.0.0.1:${server.port}/`, into);
  assert.equal(ran.code, 0, ran.stderr);
  const found = readdirSync(into);
  assert.ok(found.length > 0);
  for (const name of found) {
    assert.ok(lstatSync(join(into, name)).isFile());
    assert.equal(readFileSync(join(into, name), 'utf8'), 'evil');
  }
  assert.deepEqual(everything(), ['into', ...found.map((name) => `into/${name}`)]);
});

for (const href of ['..%2f..%2f.ssh%2fauthorized_keys', '%2ftmp%2fcs-hostile-evil', 'a%00b']) {
  test(`CL-02 cs cp from a page that lists ${href}: exit 8, nothing written`, async () => {
    const { into, everything } = place();
    const page = `<title>Index of /</title><a href="fine">fine</a><a href="${href}">x</a>`;
    await using server = await peer(reply(200, page, { 'Content-Type': 'text/html' }));
    const ran = await cs('cp', '-r', server.url, into);
    assert.equal(ran.code, 8, ran.stderr);
    assert.deepEqual(everything(), ['into']);
  });
}

test('CL-03 PASV names a third address: the file comes from the control host all the same', async () => {
  const { into, everything } = place();
  await using server = await scripted((line, say, at) => {
    if (line === 'EPSV') return say('500 what?');
    return generous('type=file;size=4; x\r\n')(line, say, at);
  });
  const ran = await cs('cp', `ftp://127.0.0.1:${server.port}/x`, join(into, 'x'));
  assert.equal(ran.code, 0, ran.stderr);
  assert.ok(server.heard.includes('PASV'));
  assert.deepEqual(everything(), ['into', 'into/x']);
});

test('CL-05 50 redirects: exit 8, and the last of them was never asked for', async () => {
  let asked = 0;
  await using server = await peer((socket) => {
    asked += 1;
    socket.write(`HTTP/1.1 302 x\r\nLocation: /${asked}\r\nContent-Length: 0\r\n\r\n`);
  });
  const ran = await cs('get', server.url);
  assert.equal(ran.code, 8, ran.stderr);
  assert.ok(asked < 50, `${asked} were followed`);
});

test('CL-05 file: exit 8, and nothing of the file', async () => {
  writeFileSync(join(home, 'secret'), 'wonderland');
  await using server = await peer(reply(302, '', { Location: `file://${home}/secret` }));
  const ran = await cs('get', server.url);
  assert.equal(ran.code, 8, ran.stderr);
  assert.equal(ran.stdout, '');
});

test('CL-05 another host gets no password of the first', async () => {
  await using other = await peer(reply(200, 'there'));
  await using server = await peer(
    reply(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }),
    reply(302, '', { Location: other.url.replace('127.0.0.1', 'localhost') }),
  );
  const ran = await cs('get', server.url.replace('http://', 'http://ann:wonderland@'));
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(server.asked[1]?.head ?? '', /^authorization: basic /im);
  assert.doesNotMatch(other.asked[0]?.head ?? '', /authorization|wonderland/i);
});

const HEAD = 'HTTP/1.1 200 x\r\nContent-Type: text/plain\r\n';
const endless = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

const ENDLESS_OR_GROWING: readonly [string, Answer][] = [
  [
    'chunks without end',
    (socket) => {
      socket.write(endless);
      const more = (): void => {
        while (socket.writable && socket.write(`4000\r\n${'a'.repeat(0x4000)}\r\n`));
        if (socket.writable) socket.once('drain', more);
      };
      more();
    },
  ],
  ['a length that says too much', `${HEAD}Content-Length: 99999999999\r\n\r\n`],
  ['gzip that grows', reply(200, gzipSync(Buffer.alloc(8 * 1024 * 1024)), { 'Content-Encoding': 'gzip' })],
  ['br that grows', reply(200, brotliCompressSync(Buffer.alloc(8 * 1024 * 1024)), { 'Content-Encoding': 'br' })],
];
for (const [at, [what, answer]] of ENDLESS_OR_GROWING.entries()) {
  test(`CL-06 --max-size ends ${what}: exit 8, and nothing is left of it`, async () => {
    const { into, everything } = place();
    await using server = await peer(answer);
    const asked = await cs('send', 'request', server.url, '-o', join(into, 'x'), '--max-size', '100k');
    assert.equal(asked.code, 8, asked.stderr);
    assert.ok(!everything().includes('into/x'));
    // What fetches files keeps codings as they are, so there nothing grows.
    const got = await cs('get', server.url, '-o', join(into, 'y'), '--max-size', '100k');
    assert.equal(got.code, at < 2 ? 8 : 0, got.stderr);
    assert.equal(everything().includes('into/y'), at >= 2);
    if (at >= 2) assert.ok(statSync(join(into, 'y')).size < 10_000);
  });
}

for (const [what, answer] of [
  [
    'a drip',
    (socket) => {
      socket.write(endless);
      const timer = setInterval(() => socket.write('1\r\na\r\n'), 20);
      socket.once('close', () => clearInterval(timer));
    },
  ],
  ['silence', () => {}],
] satisfies [string, Answer][]) {
  test(`CL-06 ${what} ends with the total --timeout: exit 124`, async () => {
    await using server = await peer(answer);
    const ran = await cs('get', server.url, '--timeout', '300ms');
    assert.equal(ran.code, 124, ran.stderr);
  });
}

test('CL-06 a Content-Length that is not kept: no file, no exit 0', async () => {
  await using server = await peer((socket) => socket.end(`${HEAD}Content-Length: 9\r\n\r\nshort`));
  const { into, everything } = place();
  const ran = await cs('get', server.url, '-o', join(into, 'x'));
  assert.ok([7, 8, 10].includes(ran.code), ran.stderr);
  assert.ok(!everything().includes('into/x'));
});
