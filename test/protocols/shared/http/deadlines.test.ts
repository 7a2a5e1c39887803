import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonReply } from '../../../../src/protocols/shared/http/reply.ts';
import { dial, stage, status, talk, untilEnd } from './stage.ts';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n';
const SHORT = { handshakeTime: 150, idleTime: 200, minimumRate: 500 };

/** Writes one octet again and again until the server is gone. */
async function drip(opened: Awaited<ReturnType<typeof stage>>, head: string): Promise<string> {
  const socket = await dial(opened);
  const answer = untilEnd(socket);
  socket.write(head);
  const timer = setInterval(() => socket.write('a'), 20);
  const said = await answer;
  clearInterval(timer);
  socket.destroy();
  return said;
}

test('HT-25 a header that drips: 408, close', async () => {
  await using opened = await stage({ limits: SHORT });
  assert.match(await drip(opened, 'GET / HTTP/1.1\r\nHost: localhost\r\nX: '), /^HTTP\/1\.1 408 /);
  assert.match(String((await opened.fact('connection.close')).code), /^T/);
});

test('HT-25 a header that drips after a served request: 408, close', async () => {
  await using opened = await stage({ limits: SHORT });
  const said = await drip(opened, `${GET}\r\nGET / HTTP/1.1\r\nX: `);
  assert.match(said, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 408 /);
});

test('HT-25 a body that drips: 408, close', async () => {
  await using opened = await stage({ limits: SHORT });
  const said = await drip(opened, 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
  assert.match(said, /^HTTP\/1\.1 408 /);
  assert.deepEqual(opened.handled, []);
});

test('HT-25 a silent connection just ends', async () => {
  await using opened = await stage({ limits: SHORT });
  assert.equal(await talk(opened, ''), '');
  assert.match(await talk(opened, `${GET}\r\n`), /^HTTP\/1\.1 200 [\s\S]*\}\n$/);
});

test('HT-25 a reader with window 0 is dropped, whole body or stream', { timeout: 120_000 }, async () => {
  const piece = 'x'.repeat(1024 * 1024);
  const endless = async function* () {
    for (;;) yield piece;
  };
  const routes = [
    { method: 'GET', path: '/stream', safe: true, handle: () => ({ status: 200, body: endless() }) },
    {
      method: 'GET',
      path: '/whole',
      safe: true,
      handle: () => ({ status: 200, body: Buffer.alloc(64 * 1024 * 1024) }),
    },
  ];
  await using opened = await stage({ routes, limits: { minimumRate: 1_000_000 } });
  const sockets = await Promise.all(
    ['stream', 'whole'].map(async (path) => {
      const socket = await dial(opened);
      socket.pause();
      socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      return socket;
    }),
  );
  await opened.fact('connection.close', 2);
  for (const { code } of opened.facts.filter(({ event }) => event === 'connection.close'))
    assert.match(String(code), /^TD$/);
  for (const socket of sockets) socket.destroy();
});

test('HT-35 connections + 1: 503, Retry-After, Connection: close', async () => {
  await using opened = await stage({ limits: { connections: 1 } });
  const first = await dial(opened);
  await opened.fact('connection.open');
  const answer = await talk(opened, GET);
  assert.match(answer, /^HTTP\/1\.1 503 /);
  assert.match(answer, /\r\nRetry-After: \d+\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/);
  const served = untilEnd(first);
  first.write(`${GET}Connection: close\r\n\r\n`);
  assert.match(await served, /^HTTP\/1\.1 200 /);
  first.destroy();
});

test('HT-35 overloaded: 503, Retry-After, Connection: close, and served again after it', async () => {
  let overloaded = false;
  await using opened = await stage({ overloaded: () => overloaded });
  assert.equal(await status(opened, 'GET / HTTP/1.1\r\nHost: localhost'), 200);
  overloaded = true;
  const said = await talk(opened, `${GET}\r\n`);
  assert.match(said, /^HTTP\/1\.1 503 /);
  assert.match(said, /\r\nRetry-After: 1\r\n/);
  assert.match(said, /\r\nConnection: close\r\n/);
  overloaded = false;
  assert.equal(await status(opened, 'GET / HTTP/1.1\r\nHost: localhost'), 200);
});

test('HT-38 10,000 requests on one socket: closed after 1,000', async () => {
  await using opened = await stage();
  const socket = await dial(opened);
  const answer = untilEnd(socket);
  for (let sent = 0; sent < 10_000 && socket.writable; sent++) socket.write(`${GET}\r\n`);
  const said = await answer;
  socket.destroy();
  assert.equal(said.match(/^HTTP\/1\.1 200 /gm)?.length, 1000);
  assert.equal(said.match(/^Connection: close\r$/gm)?.length, 1);
  assert.equal(opened.handled.length, 1000);
});

test('a drain lets the request at hand end, says it is the last, and closes what is idle', async () => {
  let go = (): void => {};
  const asked = new Promise<void>((resolve) => {
    go = resolve;
  });
  let finish = (): void => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const routes = [
    {
      method: 'GET',
      path: '/slow',
      safe: true,
      handle: async () => {
        go();
        await held;
        return jsonReply({ done: true });
      },
    },
  ];
  await using opened = await stage({ routes });
  const [busy, idle] = [await dial(opened), await dial(opened)];
  const [answer, ended] = [untilEnd(busy), untilEnd(idle)];
  busy.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await asked;
  await opened.fact('connection.open', 2);
  const drained = opened.door.drain(5000);
  assert.equal(await ended, '');
  idle.destroy();
  finish();
  const said = await answer;
  assert.match(said, /^HTTP\/1\.1 200 [\s\S]*Connection: close\r\n[\s\S]*\{"done":true\}\n$/);
  busy.destroy();
  assert.equal(await drained, 0);
});
