import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import type { CsError } from '../../src/kit/errors.ts';
import { StreamConnection } from '../../src/net/connection.ts';
import type { StreamConnectionOptions } from '../../src/net/connection-options.ts';
import { duplexPair } from './duplex-pair.ts';

const HERE = { address: '127.0.0.1', port: 1, loopback: true };

function over(
  stream: StreamConnectionOptions['stream'],
  more: Partial<StreamConnectionOptions> = {},
): StreamConnection {
  return new StreamConnection({ stream, id: 'c1', role: 'server', peer: HERE, local: HERE, ...more });
}

async function socketPair(): Promise<{ near: Socket; far: Socket }> {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const far = connect({ port: (listener.address() as { port: number }).port, host: '127.0.0.1', allowHalfOpen: true });
  const [near] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  return { near, far };
}

async function collect(conn: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of conn) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const code = (wanted: string) => (error: unknown) => (error as CsError).code === wanted;

test('a socket is read, written and counted', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  far.write('hello');
  const { value: first } = await conn[Symbol.asyncIterator]().next();
  assert.equal(Buffer.from(first!).toString(), 'hello');
  await conn.write('wor');
  await conn.write('ld');
  let answer = '';
  for await (const chunk of far.iterator({ destroyOnReturn: false })) {
    answer += chunk;
    if (answer.length >= 5) break;
  }
  assert.equal(answer, 'world');
  far.end();
  await conn.close();
  assert.deepEqual([conn.bytesIn, conn.bytesOut], [5, 5]);
  assert.equal(conn.signal.aborted, true);
});

test('half-open: the answer still goes out after the peer said FIN', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  far.end('QUIT\r\n');
  assert.equal(await collect(conn), 'QUIT\r\n');
  assert.equal(conn.signal.aborted, false);
  void conn.write('221 bye\r\n');
  void conn.close();
  assert.equal(await collect(far), '221 bye\r\n');
  assert.equal(conn.endedBy, 'C');
});

test('a dropped connection is an error of reading', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  far.resetAndDestroy();
  await assert.rejects(collect(conn), code('CS_CANNOT_CONNECT'));
  assert.equal(conn.endedBy, 'C');
  await assert.rejects(conn.write('x'), code('CS_CANNOT_CONNECT'));
});

test('past its deadline reading throws, a last word may be said, and the socket is gone', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  conn.deadline(10);
  await assert.rejects(collect(conn), code('CS_TIMEOUT'));
  assert.equal((conn.signal.reason as CsError).code, 'CS_TIMEOUT');
  await conn.write('421 timeout\r\n');
  const [answer] = (await once(far, 'data')) as [Buffer];
  assert.equal(answer.toString(), '421 timeout\r\n');
  await conn.gone();
  assert.equal(conn.endedBy, 'T');
  far.destroy();
});

test('a peer slower than the minimum rate is cut off, a busy reader is not its fault', async () => {
  const { near, far } = await socketPair();
  const conn = over(near, { rateGrace: 40 });
  conn.deadline(60_000, 1_000_000);
  far.write('drip');
  await assert.rejects(collect(conn), code('CS_TIMEOUT'));
  far.destroy();
  await conn.gone();
});

test('reading stops at the high-water mark and goes on when asked', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  const size = 8 * 1024 * 1024;
  far.end(Buffer.alloc(size, 97));
  const reader = conn[Symbol.asyncIterator]();
  const first = await reader.next();
  if (!near.isPaused()) await once(near, 'pause');
  assert.ok(conn.bytesIn < 1024 * 1024, `${conn.bytesIn} octets read while the reader was busy`);
  let total = (first.value as Uint8Array).length;
  for (let next = await reader.next(); !next.done; next = await reader.next()) total += next.value.length;
  assert.equal(total, size);
  await conn.close();
});

test('writing waits for the peer', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  let settled = false;
  let written = 0;
  while (written < 64 * 1024 * 1024 && !settled) {
    const done = conn.write(Buffer.alloc(64 * 1024));
    written += 64 * 1024;
    const waits = await Promise.race([done.then(() => false), new Promise((resolve) => setImmediate(resolve, true))]);
    if (waits) {
      settled = true;
      far.resume();
      await done;
    }
  }
  assert.ok(settled, 'write never waited');
  far.destroy();
  conn.destroy();
  await conn.gone();
});

test('works over any duplex, counts it, and hands it out with what was read too far', async () => {
  const [near, far] = duplexPair();
  const conn = over(near);
  far.write('first');
  const first = await conn[Symbol.asyncIterator]().next();
  conn.unread(first.value as Uint8Array);
  const stream = conn.duplex();
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'first');
  stream.end('out');
  assert.equal(await collect(far), 'out');
  assert.deepEqual([conn.bytesIn, conn.bytesOut], [5, 3]);
  far.end();
  await conn.close();
});

test('the raw socket itself is handed out when no filter is on', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  assert.equal(conn.duplex(), near);
  await assert.rejects(collect(conn), code('CS_BUG'));
  far.destroy();
  await conn.close();
});

test('startTls refuses what was received and not understood', async () => {
  const [near] = duplexPair();
  const conn = over(near, { upgrade: () => Promise.reject(new Error('never asked')) });
  await assert.rejects(conn.startTls(Buffer.from('MAIL')), code('CS_PEER_PROTOCOL'));
  conn.destroy();
});

test('CL-04 octets that a server sends before the handshake are never read inside TLS', async () => {
  const { near, far } = await socketPair();
  const conn = over(near, { role: 'client', upgrade: () => Promise.reject(new Error('never asked')) });
  const reader = conn[Symbol.asyncIterator]();
  far.write('220 go');
  await reader.next();
  far.write('250 injected\r\n');
  await once(near, 'data');
  await assert.rejects(conn.startTls(), (error: CsError) => error.code === 'CS_PEER_PROTOCOL' && error.exit === 5);
  far.destroy();
  conn.destroy();
  await conn.gone();
});

test('close: a slow reader still gets everything, a dead one is given up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const reads of [true, false]) {
    const { near, far } = await socketPair();
    const conn = over(near);
    const size = 16 * 1024 * 1024;
    void conn.write(Buffer.alloc(size));
    const closed = conn.close();
    for (let second = 0; second < (reads ? 5 : 30); second++) t.mock.timers.tick(1000);
    assert.equal(conn.closed, !reads);
    if (reads) assert.equal((await collect(far)).length, size);
    far.end();
    far.destroy();
    await closed;
  }
});

test('close: a peer that never hangs up is gone after a second', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { near, far } = await socketPair();
  const conn = over(near);
  await conn.write('bye');
  const closed = conn.close();
  far.resume();
  await once(far, 'end');
  assert.equal(conn.closed, false);
  t.mock.timers.tick(1000);
  await closed;
  assert.equal(conn.closed, true);
  far.destroy();
});

test('in an overload silence is borne for a short time', async () => {
  const { near, far } = await socketPair();
  const conn = over(near, { overloaded: () => true, stressTime: 20 });
  conn.deadline(3_600_000);
  await once(conn.signal, 'abort');
  assert.ok(code('CS_TIMEOUT')(conn.signal.reason));
  far.destroy();
});

test('a client that said its last word is let go with ours, whether it hangs up or not', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  far.write('QUIT\r\n');
  await conn[Symbol.asyncIterator]().next();
  conn.phase = 'Q';
  void conn.write('221 bye\r\n');
  const closed = conn.close('C');
  assert.equal(near.destroyed, true);
  await closed;
  // No FIN of the client's came before; it still reads everything, and no reset.
  assert.equal(await collect(far), '221 bye\r\n');
  assert.deepEqual([conn.endedBy, conn.failure, conn.bytesOut], ['C', undefined, 9]);
  far.destroy();
});

test('last words that the system has not taken yet are waited for', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  const words = Buffer.alloc(16 * 1024 * 1024, 'x');
  conn.phase = 'Q';
  void conn.write(words);
  const closed = conn.close('C');
  assert.equal(near.destroyed, false);
  assert.equal((await collect(far)).length, words.length);
  far.end();
  await closed;
});

test('who asked is told once that it is over, and at once when it was', async () => {
  const { near, far } = await socketPair();
  const conn = over(near);
  const told: string[] = [];
  const over1 = new Promise<void>((resolve) => {
    conn.whenOver((reason) => {
      told.push(`first ${reason.code}`);
      resolve();
    });
  });
  far.resetAndDestroy();
  await over1;
  conn.whenOver((reason) => told.push(`late ${reason.code}`));
  conn.end('X', conn.failure!);
  assert.deepEqual(told, ['first CS_CANNOT_CONNECT', 'late CS_CANNOT_CONNECT']);
});
