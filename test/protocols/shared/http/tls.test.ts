import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { certificate } from '../../../net/certificate.ts';
import { type Stage, stage } from './stage.ts';

const context = await certificate();
const secured = (handshakeTime = 5000): Promise<Stage> =>
  stage({ limits: { handshakeTime } }, { tls: { mode: 'implicit', context: () => context } });

/** A whole handshake and one request. */
async function get({ door }: Stage, more: { ALPNProtocols?: string[]; servername?: string } = {}): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: door.port, ca: context.cert, servername: 'localhost', ...more });
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let said = '';
  for await (const chunk of socket) said += chunk;
  return said;
}

test('HT-36 ALPN imap is refused, http/1.1 and none are served', async () => {
  await using opened = await secured();
  await assert.rejects(get(opened, { ALPNProtocols: ['imap'] }));
  assert.match(await get(opened, { ALPNProtocols: ['http/1.1'] }), /^HTTP\/1\.1 200 /);
  assert.match(await get(opened), /^HTTP\/1\.1 200 /);
});

/** What a client says first. */
async function clientHello(): Promise<Buffer> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connectTls({ host: '127.0.0.1', port, servername: 'localhost' });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [import('node:net').Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

test('HT-36 a ClientHello cut at every byte ends the connection, nothing uncaught', { timeout: 300_000 }, async () => {
  await using opened = await secured();
  const hello = await clientHello();
  const cuts = Array.from({ length: hello.length }, (_, at) => at);
  const worker = async (): Promise<void> => {
    for (let at = cuts.pop(); at !== undefined; at = cuts.pop()) {
      const socket = connect({ host: '127.0.0.1', port: opened.door.port });
      socket.on('error', () => {});
      socket.end(hello.subarray(0, at));
      socket.resume();
      await once(socket, 'close');
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  assert.deepEqual(opened.handled, []);
  assert.match(await get(opened), /^HTTP\/1\.1 200 /);
});

test('HT-36 a silent handshake ends at its deadline', async () => {
  await using opened = await secured(150);
  const socket = connect({ host: '127.0.0.1', port: opened.door.port });
  socket.on('error', () => {});
  socket.write((await clientHello()).subarray(0, 40));
  socket.resume();
  await once(socket, 'close');
  assert.match(String((await opened.fact('connection.close')).code), /^TH$/);
});

test('HT-36 SNI of no octet and of 64 KiB', async () => {
  await using opened = await secured();
  const hello = await clientHello();
  const sni = hello.indexOf('localhost');
  for (const length of [0, 0xffff]) {
    const bent = Buffer.from(hello);
    bent.writeUInt16BE(length, sni - 2);
    const socket = connect({ host: '127.0.0.1', port: opened.door.port });
    socket.on('error', () => {});
    socket.end(bent);
    socket.resume();
    await once(socket, 'close');
  }
  assert.deepEqual(opened.handled, []);
  assert.match(await get(opened), /^HTTP\/1\.1 200 /);
});

test('HT-36 renegotiation is refused', async () => {
  await using opened = await secured();
  const socket = connectTls({
    host: '127.0.0.1',
    port: opened.door.port,
    ca: context.cert,
    servername: 'localhost',
    maxVersion: 'TLSv1.2',
  });
  await once(socket, 'secureConnect');
  socket.on('error', () => {});
  const failed = new Promise<Error | null>((done) => {
    for (let n = 0; n < 10; n++)
      if (!socket.renegotiate({}, (error) => error && done(error))) done(new Error('refused'));
    socket.once('close', () => done(new Error('closed')));
  });
  assert.ok(await failed);
  socket.destroy();
  assert.match(await get(opened), /^HTTP\/1\.1 200 /);
});
