import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CsError } from '../../src/kit/errors.ts';
import { inheritedFds } from '../../src/net/listen.ts';
import { all, dial, echo, LIMITS, open } from './door-fixture.ts';
import { OTHER_OWN, OWN } from './own-address.ts';

test('a conversation passes the door and leaves one summary', async () => {
  await using opened = await open(echo);
  const socket = await dial(opened.door);
  socket.end('hello');
  assert.equal(await all(socket), 'hello');
  const close = await opened.fact('connection.close');
  const { duration_ms, conn, ...facts } = close as Record<string, unknown>;
  assert.deepEqual(facts, {
    event: 'connection.close',
    server: 'echo',
    peer: '127.0.0.1',
    user: null,
    secure: false,
    bytes_in: 5,
    bytes_out: 5,
    code: 'CQ',
  });
  assert.equal(typeof duration_ms, 'number');
  assert.equal((await opened.fact('connection.open')).conn, conn);
  assert.equal(opened.logged.filter((line) => line.event === 'connection.close').length, 1);
});

test('both loopback addresses listen on one port, also for port 0', async () => {
  await using opened = await open(echo, { listen: { port: 0 } });
  assert.deepEqual(opened.door.hosts, ['127.0.0.1', '::1']);
  for (const host of opened.door.hosts) {
    const socket = await dial(opened.door, host);
    socket.end(host);
    assert.equal(await all(socket), host);
  }
  assert.equal(opened.door.urlHost, '127.0.0.1');
});

test('AU-11 a busy port is named with its owner and a way out', async () => {
  await using first = await open(echo);
  await assert.rejects(open(echo, { listen: { hosts: ['127.0.0.1'], port: first.door.port } }), (error: CsError) => {
    assert.equal(error.code, 'CS_PORT_IN_USE');
    assert.match(error.message, new RegExp(`port ${first.door.port} is in use by .+ \\(pid ${process.pid}\\)`));
    assert.equal(error.hint, 'cs serve echo --port 0   (any free port)');
    return true;
  });
});

test('AU-11 an address of another machine cannot be bound', async () => {
  await assert.rejects(open(echo, { listen: { hosts: ['192.0.2.1'], port: 0 } }), { code: 'CS_CANNOT_BIND' });
});

test('AU-11 nothing stays bound when one of several hosts is busy', async () => {
  const blocker = createServer().listen(0, OTHER_OWN);
  await once(blocker, 'listening');
  const { port } = blocker.address() as { port: number };
  const listen = { hosts: [OWN, OTHER_OWN], port };
  await assert.rejects(open(echo, { listen }), { code: 'CS_PORT_IN_USE' });
  blocker.close();
  await once(blocker, 'close');
  await using opened = await open(echo, { listen });
  assert.equal(opened.door.port, port);
});

test('SM-33 HT-35 one connection too many gets the polite line and a FIN, and ten per cent more are dropped', async (t) => {
  // Who is refused stays for a second at most: here, as long as the next one needs to come.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using opened = await open(echo, { limits: { ...LIMITS, connections: 10 } });
  const inside = await Promise.all(Array.from({ length: 10 }, () => dial(opened.door)));
  await opened.fact('connection.open', 10);
  const refused = await dial(opened.door);
  assert.equal(await all(refused), '421 too many\r\n');
  const dropped = await dial(opened.door);
  assert.equal(await all(dropped), '');
  assert.equal((await opened.fact('limit')).limit, 'connections');
  refused.destroy();
  inside[0]?.end('bye');
  assert.equal(await all(inside[0]!), 'bye');
  await opened.fact('connection.close');
  const next = await dial(opened.door);
  next.end('in');
  assert.equal(await all(next), 'in');
  for (const socket of inside) socket.destroy();
});

test('SM-33 the polite line arrives although the client speaks first', async () => {
  await using opened = await open(echo, { limits: { ...LIMITS, connections: 1 } });
  const inside = await dial(opened.door);
  await opened.fact('connection.open');
  const refused = connect(opened.door.port, '127.0.0.1');
  refused.write(`GET / HTTP/1.1\r\n${'x'.repeat(100_000)}`);
  assert.equal(await all(refused), '421 too many\r\n');
  inside.destroy();
});

test('half-open: what the client sent before its FIN is answered', async () => {
  await using opened = await open(async (conn) => {
    let said = '';
    for await (const chunk of conn) said += Buffer.from(chunk).toString();
    await new Promise(setImmediate);
    await conn.write(`you said ${said}`);
    conn.phase = 'Q';
  });
  const socket = await dial(opened.door);
  socket.end('QUIT');
  assert.equal(await all(socket), 'you said QUIT');
});

test('SM-29 a slow loris meets its deadline, hears why, and leaves TC', async () => {
  await using opened = await open(async (conn) => {
    conn.phase = 'C';
    conn.deadline(30);
    try {
      for await (const _chunk of conn);
    } catch (error) {
      await conn.write('421 4.4.2 timeout\r\n');
      throw error;
    }
  });
  const socket = await dial(opened.door);
  socket.write('E');
  assert.equal(await all(socket), '421 4.4.2 timeout\r\n');
  socket.end();
  const close = await opened.fact('connection.close');
  assert.equal(close.code, 'TC');
  assert.equal(close.error, 'CS_TIMEOUT');
});

test('whatever a handler throws ends its own connection only', async () => {
  const thrown: unknown[] = [
    new CsError('CS_PEER_LIMIT', 'line too long'),
    new TypeError('x is not a function'),
    'text',
  ];
  await using opened = await open(async (conn) => {
    conn.phase = 'C';
    for await (const _chunk of conn) throw thrown.shift();
  });
  for (const [index, code] of ['LC', 'EC', 'EC'].entries()) {
    const socket = await dial(opened.door);
    socket.write('x');
    assert.equal(await all(socket), '');
    socket.destroy();
    assert.equal((await opened.fact('connection.close', index + 1)).code, code);
  }
  assert.equal(opened.logged.filter((line) => line.event === 'connection.failed').length, 2);
});

test('a client that vanishes is CC', async () => {
  await using opened = await open(echo);
  const socket = await dial(opened.door);
  socket.write('x');
  await once(socket, 'data');
  socket.resetAndDestroy();
  const close = await opened.fact('connection.close');
  assert.deepEqual([close.code, close.error], ['CC', 'CS_CANNOT_CONNECT']);
});

test('AU-09 drain: no new clients, idle ones say goodbye, busy ones finish, the rest is ended', async (t) => {
  let finish = (): void => {};
  const opened = await open(async (conn) => {
    const [first] = [await conn[Symbol.asyncIterator]().next()];
    const role = Buffer.from(first?.value ?? []).toString();
    await conn.write('ok');
    if (role === 'idle') await once(conn.draining, 'abort');
    if (role === 'busy') await new Promise<void>((resolve) => (finish = resolve));
    if (role === 'deaf') await once(conn.signal, 'abort');
    conn.phase = 'Q';
    await conn.write(' bye').catch(() => {});
  });
  const { door } = opened;
  const [idle, busy, deaf] = await Promise.all(
    ['idle', 'busy', 'deaf'].map(async (role) => {
      const socket = await dial(door);
      socket.write(role);
      await once(socket, 'data');
      return socket;
    }),
  );
  const said = [idle!, busy!, deaf!].map((socket) => all(socket).finally(() => socket.end()));
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const drained = door.drain(200);
  assert.equal(await said[0], ' bye');
  await assert.rejects(dial(door), { code: 'ECONNREFUSED' });
  finish();
  assert.equal(await said[1], ' bye');
  while (door.connections > 1) await new Promise(setImmediate);
  t.mock.timers.tick(200);
  t.mock.timers.reset();
  assert.equal(await drained, 1);
  assert.equal(await said[2], '');
  assert.equal(door.connections, 0);
  const codes = opened.facts.filter((fact) => fact.event === 'connection.close').map((fact) => String(fact.code)[0]);
  assert.deepEqual(codes.toSorted(), ['S', 'S', 'X']);
});

test('per-user caps hold for addresses other than loopback', async () => {
  const logins: string[] = [];
  await using opened = await open(
    async (conn) => {
      for await (const _chunk of conn) {
        try {
          conn.user = 'ann';
          logins.push('in');
        } catch (error) {
          logins.push((error as CsError).code);
        }
        await conn.write('.');
      }
    },
    { proxyFrom: ['127.0.0.1'] },
  );
  const sockets = [];
  for (let n = 1; n <= 3; n++) {
    const socket = await dial(opened.door);
    socket.write('PROXY TCP4 192.0.2.1 192.0.2.2 1000 25\r\nlogin');
    await once(socket, 'data');
    sockets.push(socket);
  }
  assert.deepEqual(logins, ['in', 'in', 'CS_BUSY']);
  for (const socket of sockets) socket.destroy();
});

test('Unix sockets: 0600, loopback, stale ones recovered, living ones respected, removed at the end', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cs-door-'));
  const path = join(dir, 'echo.sock');
  const listen = { sockets: [path] };
  const opened = await open(async (conn) => void conn.write(`${conn.peer.address} ${conn.trusted}`), { listen });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(await all(connect(path)), 'unix true');
  assert.equal(opened.door.port, 0);
  await assert.rejects(open(echo, { listen }), { code: 'CS_PORT_IN_USE' });
  await opened.door.close();
  assert.deepEqual(readdirSync(dir), []);
  rmSync(dir, { recursive: true });
});

test('systemd hands descriptors to the process it names, and to no other', () => {
  const env = { LISTEN_PID: '77', LISTEN_FDS: '2', LISTEN_FDNAMES: 'smtp:control' };
  assert.deepEqual(inheritedFds(env, 77), [
    { fd: 3, name: 'smtp' },
    { fd: 4, name: 'control' },
  ]);
  assert.deepEqual(inheritedFds(env, 78), []);
  assert.deepEqual(inheritedFds({ LISTEN_PID: '77', LISTEN_FDS: '-1' }, 77), []);
});

test('1,000 conversations leave no listener and no descriptor behind', async () => {
  await using opened = await open(echo);
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const socket = await dial(opened.door);
        if (index % 5 === 0) socket.resetAndDestroy();
        else socket.end('QUIT');
        await all(socket);
      }),
    );
  }
  await opened.fact('connection.close', 1000);
  assert.equal(opened.door.connections, 0);
  for (let turns = 0; turns < 1000 && descriptors() > before + 2; turns++) await new Promise(setImmediate);
  assert.ok(descriptors() <= before + 2, `${descriptors()} descriptors, ${before} before`);
  assert.deepEqual(
    opened.logged.filter((line) => line.level === 'error'),
    [],
  );
});
