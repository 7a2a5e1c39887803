/** Uploads that a signal stops: what they had begun at a far end is taken away before the command ends. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CS, serve } from '../../interop/server.ts';
import { scripted } from '../../protocols/ftp/client-script.ts';

const home = mkdtempSync(join(tmpdir(), 'cs-stopped-'));
const env = { ...process.env, XDG_CONFIG_HOME: home, CI: '', NO_COLOR: '1' };
after(() => rmSync(home, { recursive: true, force: true }));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [CS, ...args], { stdio: ['pipe', 'ignore', 'inherit'], env });
}

/** A server that keeps what it got under the name it was given, whole or not, as most do. */
async function keeping(how: { readonly stored: (data: Socket, done: () => void) => void }) {
  const there = new Set<string>();
  const server = await scripted((line, say, peer) => {
    const [word = '', ...rest] = line?.split(' ') ?? [];
    const name = rest.join(' ');
    if (word === 'MLST' && /^\/?$/.test(name)) return say('250-it\r\n type=dir; /\r\n250 end');
    if (word === 'CWD' || word === 'MLST') return say('550 no such file');
    if (word === 'MKD') return say('257 made');
    if (word === 'DELE') return say(there.delete(name) ? '250 gone' : '550 no such file');
    if (word !== 'STOR') return;
    there.add(name);
    peer.transfer((data) => how.stored(data, () => say('226 stored')));
    return true;
  });
  return { server, there };
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} while an upload by FTP is fed: exit ${code}, and nothing stays at the server`, async () => {
    let begun = (): void => {};
    const first = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { server, there } = await keeping({
      stored: (data, done) =>
        data
          .on('data', begun)
          .on('end', () => data.end())
          .on('close', done),
    });
    await using _server = server;
    const child = start('put', '-', `ftp://127.0.0.1:${server.port}/big`);
    const exit = once(child, 'exit');
    child.stdin?.on('error', () => {}).write(Buffer.alloc(200_000));
    await first;
    assert.match([...there].join(), /\.part$/);
    child.kill(signal);
    assert.deepEqual(await exit, [code, null]);
    assert.deepEqual([...there], []);
  });
}

test('a server that takes nothing and says nothing more does not hold the command', { timeout: 30_000 }, async () => {
  let full = (): void => {};
  const stuck = new Promise<void>((resolve) => {
    full = resolve;
  });
  const { server } = await keeping({
    stored: (data) => {
      data.pause();
      full();
    },
  });
  await using _server = server;
  writeFileSync(join(home, 'large'), Buffer.alloc(32 * 1024 * 1024));
  const child = start('put', join(home, 'large'), `ftp://127.0.0.1:${server.port}/large`);
  const exit = once(child, 'exit');
  await stuck;
  child.kill('SIGINT');
  assert.deepEqual(await exit, [130, null]);
});

test('several files at once: each of them is taken away', async () => {
  let begun = (): void => {};
  const all = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let storing = 0;
  const { server, there } = await keeping({
    stored: (data, done) => {
      data
        .resume()
        .on('end', () => data.end())
        .on('close', done);
      storing += 1;
      if (storing === 3) begun();
    },
  });
  await using _server = server;
  mkdirSync(join(home, 'many'));
  for (let file = 0; file < 3; file++) writeFileSync(join(home, 'many', `f${file}`), Buffer.alloc(64 * 1024 * 1024));
  const child = start('put', '-r', '--limit-rate', '1m', join(home, 'many'), `ftp://127.0.0.1:${server.port}/many`);
  const exit = once(child, 'exit');
  await all;
  child.kill('SIGINT');
  assert.deepEqual(await exit, [130, null]);
  assert.deepEqual([...there], []);
});

test('the same by PUT to a server of ours: exit 130, and its directory is as it was', async () => {
  const box = mkdtempSync(join(tmpdir(), 'cs-stopped-box-'));
  const serving = await serve(['http', '--files', box, '--write']);
  const child = start('put', '-', `http://127.0.0.1:${serving.port('http')}/big`);
  const exit = once(child, 'exit');
  child.stdin?.on('error', () => {}).write(Buffer.alloc(2_000_000));
  while (readdirSync(box).length === 0) await new Promise(setImmediate);
  child.kill('SIGINT');
  assert.deepEqual(await exit, [130, null]);
  await serving.stop();
  assert.deepEqual(readdirSync(box), []);
  rmSync(box, { recursive: true });
});
