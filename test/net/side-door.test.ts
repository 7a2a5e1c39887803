import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listInstances, recoverSocket, runtimeDir, socketPath } from '../../src/net/side-door.ts';

const root = mkdtempSync(join(tmpdir(), 'cs-side-'));
after(() => rmSync(root, { recursive: true }));
let count = 0;
const fresh = () => {
  const dir = join(root, `run-${count++}`);
  mkdirSync(dir);
  return { XDG_RUNTIME_DIR: dir };
};

/** A socket file whose owner was killed. */
async function stale(path: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'close');
  assert.ok(existsSync(path));
}

test('AU-12 the runtime directory is private, and made so if it is not', () => {
  const env = fresh();
  const dir = runtimeDir(env);
  assert.equal(dir, join(env.XDG_RUNTIME_DIR, 'cs'));
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  chmodSync(dir, 0o755);
  runtimeDir(env);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});

test('AU-10 a link or a file in place of the runtime directory is refused', () => {
  const linked = fresh();
  symlinkSync(root, join(linked.XDG_RUNTIME_DIR, 'cs'));
  assert.throws(() => runtimeDir(linked), { code: 'CS_UNSAFE' });
});

test('without XDG_RUNTIME_DIR it lies among the temporary files, by user', () => {
  const dir = runtimeDir({ TMPDIR: root });
  assert.equal(dir, join(root, `cs-${process.getuid?.() ?? 0}`));
});

test('AU-11 where XDG_RUNTIME_DIR cannot be written the temporary files do; where neither can, that is said', () => {
  assert.equal(runtimeDir({ XDG_RUNTIME_DIR: '/proc/none', TMPDIR: root }), runtimeDir({ TMPDIR: root }));
  assert.throws(() => runtimeDir({ TMPDIR: '/proc/none' }), { code: 'CS_LOCAL_IO' });
});

for (const bad of ['', '..', 'a/b', '../x', '.hidden', 'a..b', 'x'.repeat(65), 'a\0b', 'a b']) {
  test(`instance name ${JSON.stringify(bad)} is refused`, () => {
    assert.throws(() => socketPath(bad, fresh()), { code: 'CS_USAGE' });
  });
}

test('a path too long for a Unix socket is said before binding', () => {
  const dir = join(root, 'd'.repeat(100));
  mkdirSync(dir);
  assert.throws(() => socketPath('dev', { XDG_RUNTIME_DIR: dir }), { code: 'CS_CANNOT_BIND' });
});

test('living instances are listed, dead ones are cleared away', async () => {
  const env = fresh();
  const server = createServer().listen(socketPath('alive', env));
  await once(server, 'listening');
  await stale(socketPath('dead', env));
  assert.deepEqual(await listInstances(env), [{ name: 'alive', path: socketPath('alive', env) }]);
  assert.equal(existsSync(socketPath('dead', env)), false);
  server.close();
});

test('AU-10 a stale socket is recovered, a file of another kind is never touched', async () => {
  const env = fresh();
  const path = socketPath('dev', env);
  assert.equal(await recoverSocket(path), 'free');
  await stale(path);
  assert.equal(await recoverSocket(path), 'free');
  assert.equal(existsSync(path), false);
  writeFileSync(path, 'precious');
  await assert.rejects(recoverSocket(path), { code: 'CS_CANNOT_BIND' });
  assert.ok(existsSync(path));
});
