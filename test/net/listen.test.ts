import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { all, dial, echo, open } from './door-fixture.ts';

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Listening on these hosts fails, as where the kernel knows no IPv6. */
function without(host: string, code: string): typeof Server.prototype.listen {
  const { listen } = Server.prototype;
  return function (this: Server, where: { host?: string }) {
    if (where.host !== host) return listen.call(this, where);
    process.nextTick(() => this.emit('error', Object.assign(new Error(`listen ${code}`), { code })));
    return this;
  } as typeof Server.prototype.listen;
}

test('AU-11 without IPv6 the other loopback address serves', async (t) => {
  t.mock.method(Server.prototype, 'listen', without('::1', 'EADDRNOTAVAIL'));
  await using opened = await open(echo, { listen: { port: 0 } });
  assert.deepEqual(opened.door.hosts, ['127.0.0.1']);
  assert.ok(opened.logged.some((line) => line.event === 'ipv6.absent'));
  const socket = await dial(opened.door);
  socket.end('hi');
  assert.equal(await all(socket), 'hi');
});

test('AU-11 an address that somebody named must be there', async (t) => {
  t.mock.method(Server.prototype, 'listen', without('::1', 'EADDRNOTAVAIL'));
  await assert.rejects(open(echo, { listen: { hosts: ['127.0.0.1', '::1'], port: 0 } }), { code: 'CS_CANNOT_BIND' });
});

test('AU-11 a port below 1024 without privilege says what to do', async (t) => {
  t.mock.method(Server.prototype, 'listen', without('127.0.0.1', 'EACCES'));
  await assert.rejects(open(echo), { code: 'CS_CANNOT_BIND', hint: /--run-as/ });
});

test('port 0 tries again when the port is taken on the other family', async (t) => {
  const { listen } = Server.prototype;
  let refused = 0;
  t.mock.method(Server.prototype, 'listen', function (this: Server, where: { host?: string }) {
    if (where.host !== '::1' || refused === 3) return listen.call(this, where);
    refused += 1;
    process.nextTick(() => this.emit('error', Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' })));
    return this;
  });
  await using opened = await open(echo, { listen: { port: 0 } });
  assert.equal(refused, 3);
  assert.deepEqual(opened.door.hosts, ['127.0.0.1', '::1']);
});

test('a listening descriptor from a supervisor is served', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const program = fileURLToPath(new URL(`./inherited-door.${extension}`, import.meta.url));
  const stdio = ['pipe', 'pipe', 'inherit', fd] as never;
  const child: Child = spawn(process.execPath, [...process.execArgv, program], { stdio }) as never;
  const [ready] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(String(ready), `${port}\n`);
  listener.close();
  const socket = await dial({ port } as never);
  socket.end('hi');
  assert.equal(await all(socket), 'hi');
  child.stdin.end();
  assert.deepEqual(await once(child, 'close'), [0, null]);
});
