import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { CsError } from '../../src/kit/errors.ts';
import { createDial, type Timings } from '../../src/net/dial.ts';
import { type Address, addressesOf } from '../../src/net/dial-address.ts';
import { connectFirst } from '../../src/net/dial-race.ts';
import { transcriptHook } from '../../src/net/transcript.ts';
import { failing, listen, quiet, target, textOf } from './dial-fixture.ts';
import { echo, open } from './door-fixture.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-dial-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const four = (address: string): Address => ({ address, family: 4 });
const six = (address: string): Address => ({ address, family: 6 });

test('a conversation: bytes both ways, facts, timings, transcript', async () => {
  await using server = await open(echo);
  const lines: string[] = [];
  const told: Timings[] = [];
  const dial = createDial(
    quiet({
      timings: (timings) => told.push(timings),
      hooks: (conn) => [transcriptHook({ sink: (line) => lines.push(line), conn, role: 'client' })],
    }),
  );
  await using conn = await dial(target(`line://127.0.0.1:${server.door.port}`));
  assert.deepEqual([conn.role, conn.secure, conn.trusted], ['client', false, true]);
  assert.deepEqual(conn.peer, { address: '127.0.0.1', port: server.door.port, loopback: true });
  await conn.write('hello\r\n');
  const { value } = await conn[Symbol.asyncIterator]().next();
  assert.equal(Buffer.from(value as Uint8Array).toString(), 'hello\r\n');
  await conn.close();
  assert.deepEqual(lines, ['C: hello', 'S: hello']);
  assert.equal(told.length, 1);
  assert.ok(told[0] && told[0].connect_ms > 0 && told[0].tls_ms === undefined);
});

test('localhost is found on either family without asking anybody', async () => {
  const lookup = () => Promise.reject(new Error('nobody may be asked'));
  for (const host of ['127.0.0.1', '::1']) {
    await using server = await listen(host, (socket) => socket.end('hi'));
    for (const name of ['localhost', 'app.localhost']) {
      const conn = await createDial(quiet({ lookup }))(target(`line://${name}:${server.port}`));
      assert.equal(await textOf(conn), 'hi');
      assert.equal(conn.peer.address, host);
      await conn.close();
    }
  }
});

test('a Unix socket', async () => {
  const path = join(scratch, 'line.sock');
  const server = createServer((socket) => socket.end('unix'));
  server.listen(path);
  await once(server, 'listening');
  const conn = await createDial(quiet())(target(`line+unix://${encodeURIComponent(path)}/`));
  assert.equal(await textOf(conn), 'unix');
  assert.deepEqual([conn.peer.unix, conn.trusted], [true, true]);
  await conn.close();
  server.close();
  const gone = createDial(quiet())(target(`line+unix://${join(scratch, 'none')}`));
  await assert.rejects(gone, failing('CS_CANNOT_CONNECT', 7, /no such socket/));
});

describe('addresses', () => {
  const signal = new AbortController().signal;
  const of = (found: readonly Address[], family?: 4 | 6) => addressesOf('h.test', family, signal, async () => found);

  test('the families take turns, the first one leads', async () => {
    const found = [six('::a'), six('::b'), six('::c'), four('1.1.1.1'), four('2.2.2.2')];
    const order = (await of(found)).map(({ address }) => address);
    assert.deepEqual(order, ['::a', '1.1.1.1', '::b', '2.2.2.2', '::c']);
  });

  test('-4 and -6 leave one family', async () => {
    assert.deepEqual(await of([six('::a'), four('1.1.1.1')], 4), [four('1.1.1.1')]);
    await assert.rejects(of([six('::a')], 4), failing('CS_NAME_NOT_RESOLVED', 6, /no IPv4 address/));
    await assert.rejects(addressesOf('::1', 4, signal), failing('CS_USAGE', 2, /not an IPv4 address/));
  });

  test('a name that nobody knows is exit 6', async () => {
    for (const [code, words] of [
      ['ENOTFOUND', /no such name/],
      ['EAI_AGAIN', /did not answer/],
    ] as const) {
      const lookup = () => Promise.reject(Object.assign(new Error(code), { code }));
      const dialled = createDial(quiet({ lookup }))(target('line://nowhere.test'));
      await assert.rejects(dialled, failing('CS_NAME_NOT_RESOLVED', 6, words));
    }
  });
});

describe('happy eyeballs', () => {
  const signal = new AbortController().signal;

  test('a refused address gives way to the next one at once', async () => {
    await using server = await listen('127.0.0.1', (socket) => socket.end());
    const socket = await connectFirst([four('127.0.0.9'), four('127.0.0.1')], server.port, 'h', signal, 3_600_000);
    assert.equal(socket.remoteAddress, '127.0.0.1');
    socket.destroy();
  });

  test('a silent address does not hold the next one up', { skip: process.platform !== 'linux' }, async () => {
    await using server = await listen('127.0.0.1', (socket) => socket.end());
    const deaf = await deafListener('127.0.0.9', server.port);
    try {
      const socket = await connectFirst([four('127.0.0.9'), four('127.0.0.1')], server.port, 'h', signal, 20);
      assert.equal(socket.remoteAddress, '127.0.0.1');
      socket.destroy();
      const lookup = async () => [four('127.0.0.9')];
      const dialled = createDial(quiet({ lookup, timeout: 50 }))(target(`line://deaf.test:${server.port}`));
      await assert.rejects(dialled, failing('CS_TIMEOUT', 124, /did not answer in time/, /--timeout/));
    } finally {
      await deaf();
    }
  });

  test('nobody there is exit 7, with every reason', async () => {
    // No port that anybody gets by chance.
    const dialled = createDial(quiet())(target('line://localhost:1'));
    await assert.rejects(
      dialled,
      failing('CS_CANNOT_CONNECT', 7, /cannot connect to localhost:\d+: connection refused/),
    );
  });
});

/** Listens and never accepts: its queue is full, and the system answers nobody. */
async function deafListener(host: string, port: number): Promise<() => Promise<unknown>> {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { createServer } = require('node:net');
    const { workerData, parentPort } = require('node:worker_threads');
    const { host, port, flag } = workerData;
    createServer().listen({ host, port, backlog: 1 }, () => {
      parentPort.postMessage('deaf');
      Atomics.wait(flag, 0, 0);
      process.exit();
    });`;
  const worker = new Worker(code, { eval: true, execArgv: [], workerData: { host, port, flag } });
  await once(worker, 'message');
  // Linux takes one more than the backlog says; the others get no answer.
  const queue = Array.from({ length: 4 }, () => connect({ host, port }).on('error', () => {}));
  await Promise.all(queue.slice(0, 2).map((socket) => once(socket, 'connect')));
  return () => {
    for (const socket of queue) socket.destroy();
    const ended = once(worker, 'exit');
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    return ended;
  };
}

describe('one deadline, one signal', () => {
  test('a name server that never answers', async () => {
    const lookup = () => new Promise<never>(() => {});
    const dialled = createDial(quiet({ lookup, timeout: 20 }))(target('line://slow.test'));
    await assert.rejects(dialled, failing('CS_TIMEOUT', 124));
  });

  test('a server that never begins TLS, implicit and by STARTTLS', async () => {
    await using server = await listen('127.0.0.1', () => {});
    const dial = createDial(quiet({ timeout: 1000 }));
    await assert.rejects(dial(target(`lines://127.0.0.1:${server.port}`)), failing('CS_TIMEOUT', 124));
    const conn = await dial(target(`line://127.0.0.1:${server.port}`));
    await assert.rejects(conn.startTls(), failing('CS_TIMEOUT', 124, /handshake/));
    await conn.close();
  });

  test('a signal that has aborted already', async () => {
    const reason = new CsError('CS_FAILED', 'stopped', { exit: 130 });
    const dialled = createDial(quiet({ signal: AbortSignal.abort(reason) }))(target('line://127.0.0.1:1'));
    await assert.rejects(dialled, failing('CS_FAILED', 130));
  });

  test('the signal ends the conversation too, and the connection leaves no listener behind', async () => {
    await using server = await open(echo);
    const stop = new AbortController();
    const dial = createDial(quiet({ signal: stop.signal }));
    const conn = await dial(target(`line://127.0.0.1:${server.door.port}`));
    const reading = textOf(conn);
    stop.abort(new CsError('CS_FAILED', 'stopped', { exit: 130 }));
    await assert.rejects(reading, failing('CS_FAILED', 130));
    assert.equal(conn.signal.aborted, true);
    await conn.close();
  });
});

describe('PROXY header', () => {
  const rows = [
    ['v1', undefined],
    ['v2', undefined],
    ['v1', { address: '203.0.113.7', port: 4242 }],
    ['v2', { address: '2001:db8::7', port: 4242 }],
  ] as const;
  for (const [version, source] of rows) {
    test(`${version} ${source?.address ?? 'as we are'}`, async () => {
      const seen: string[] = [];
      const handler: typeof echo = async (conn) => {
        seen.push(conn.peer.address);
        await echo(conn);
      };
      await using server = await open(handler, { proxyFrom: ['127.0.0.1', '::1'], listen: { port: 0 } });
      const dial = createDial(quiet({ proxyHeader: { version, source } }));
      const conn = await dial(target(`line://localhost:${server.door.port}`));
      await conn.write('x');
      await conn[Symbol.asyncIterator]().next();
      assert.deepEqual(seen, [source?.address ?? '127.0.0.1']);
      await conn.close();
    });
  }
});
