import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Handler } from '../../src/contracts/protocol.ts';
import { parseChaos } from '../../src/kit/faults.ts';
import { encodeProxyHeader } from '../../src/net/proxy-header.ts';
import { all, dial, echo, LIMITS, open } from './door-fixture.ts';

const whoami: Handler = async (conn) => {
  for await (const chunk of conn) {
    await conn.write(`${conn.peer.address}:${conn.peer.port} ${conn.trusted} ${Buffer.from(chunk)}`);
    return;
  }
};
const source = { address: '192.0.2.9', port: 4711 };
const destination = { address: '192.0.2.1', port: 25 };

for (const version of ['v1', 'v2'] as const) {
  test(`PROXY ${version} from a trusted source names the client; what follows is the protocol's`, async () => {
    await using opened = await open(whoami, { proxyFrom: ['127.0.0.0/8'] });
    const socket = await dial(opened.door);
    for (const octet of encodeProxyHeader(version, source, destination)) socket.write(Uint8Array.of(octet));
    socket.write('hello');
    assert.equal(await all(socket), '192.0.2.9:4711 false hello');
    assert.equal((await opened.fact('connection.close')).peer, '192.0.2.9');
  });
}

test('PROXY: a header and the first command in one segment, read by a library', async () => {
  await using opened = await open(
    async (conn) => {
      const stream = conn.duplex();
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      stream.end(`library saw ${chunk}`);
      await once(conn.signal, 'abort');
    },
    { proxyFrom: ['127.0.0.1'] },
  );
  const socket = await dial(opened.door);
  socket.write(Buffer.concat([encodeProxyHeader(2, source, destination), Buffer.from('hello')]));
  assert.equal(await all(socket), 'library saw hello');
  socket.end();
});

test('PROXY: a trusted source must send one', async () => {
  await using opened = await open(echo, { proxyFrom: ['127.0.0.1'] });
  const socket = await dial(opened.door);
  socket.write('EHLO x\r\n');
  assert.equal(await all(socket), '');
  const close = await opened.fact('connection.close');
  assert.deepEqual([close.code, close.error], ['SP', 'CS_PEER_PROTOCOL']);
});

test('PROXY: silence instead of a header meets the handshake deadline', async () => {
  await using opened = await open(echo, { proxyFrom: ['127.0.0.1'], limits: { ...LIMITS, handshakeTime: 30 } });
  await all(await dial(opened.door));
  assert.equal((await opened.fact('connection.close')).code, 'TP');
});

test('PROXY: from anybody else it is only bytes, so nobody can lie about who he is', async () => {
  await using opened = await open(whoami, { proxyFrom: ['192.0.2.0/24'] });
  const socket = await dial(opened.door);
  const header = 'PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\n';
  socket.write(header);
  assert.match(await all(socket), new RegExp(`^127\\.0\\.0\\.1:\\d+ true ${header}`));
});

test('behind a proxy the client is admitted, not the proxy: caps and networks', async () => {
  const more = { proxyFrom: ['127.0.0.1'], deny: ['198.51.100.0/24'], limits: { ...LIMITS, connectionsPerAddress: 2 } };
  await using opened = await open(echo, more);
  const come = async (address: string) => {
    const socket = await dial(opened.door);
    socket.write(`PROXY TCP4 ${address} 192.0.2.1 1 2\r\nhi`);
    return socket;
  };
  const inside = [await come('192.0.2.9'), await come('192.0.2.9')];
  for (const socket of inside) await once(socket, 'data');
  assert.equal(await all(await come('192.0.2.9')), '421 too many\r\n');
  assert.equal(await all(await come('198.51.100.7')), '');
  const other = await come('192.0.2.10');
  assert.equal(String(await once(other, 'data')), 'hi');
  for (const socket of [...inside, other]) socket.destroy();
});

test('allow and deny: outsiders are dropped without a word', async () => {
  for (const rule of [{ allow: ['10.0.0.0/8'] }, { deny: ['127.0.0.0/8'] }]) {
    await using opened = await open(echo, rule);
    assert.equal(await all(await dial(opened.door)), '');
    assert.equal((await opened.fact('connection.close')).error, 'CS_UNSAFE');
  }
});

test('the rate of one address', async () => {
  await using opened = await open(echo, { proxyFrom: ['127.0.0.1'], connectionRate: 2 });
  const said = [];
  for (let n = 0; n < 3; n++) {
    const socket = await dial(opened.door);
    socket.end('PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\nhi');
    said.push(await all(socket));
  }
  assert.deepEqual(said, ['hi', 'hi', '421 too many\r\n']);
});

test('faults: reset=100% resets every connection sooner or later', async () => {
  await using opened = await open(echo, { chaos: parseChaos('reset=100%,seed=3') });
  const socket = await dial(opened.door);
  const ended = all(socket);
  const timer = setInterval(() => socket.write('x'), 1);
  await ended;
  clearInterval(timer);
  assert.equal((await opened.fact('connection.close')).error, 'CS_CANNOT_CONNECT');
});

test('faults: latency and throttle delay, and lose nothing', async () => {
  await using opened = await open(echo, { chaos: parseChaos('latency=5ms,jitter=5ms,throttle=4m') });
  const socket = await dial(opened.door);
  const body = Buffer.alloc(200_000, 'abcdefg');
  const began = performance.now();
  socket.end(body);
  assert.equal(await all(socket), body.toString());
  assert.ok(performance.now() - began >= 10 + 200_000 / 4194.304, 'neither latency nor throttle was felt');
});

test('faults: a black hole stays silent until the deadline', async () => {
  await using opened = await open(
    async (conn) => {
      conn.deadline(80);
      await echo(conn);
    },
    { chaos: parseChaos('drop=100%,seed=1') },
  );
  const socket = await dial(opened.door);
  const timer = setInterval(() => socket.writable && socket.write('x'), 1);
  const said = await all(socket);
  clearInterval(timer);
  socket.destroy();
  assert.ok(said.length < 12, `${said.length} octets came back`);
  assert.equal((await opened.fact('connection.close')).error, 'CS_TIMEOUT');
});

test('a transcript shows both sides, in order, for each connection', async () => {
  const lines: string[] = [];
  await using opened = await open(
    async (conn) => {
      await conn.write('+OK hello\r\n');
      for await (const chunk of conn) await conn.write(Buffer.concat([Buffer.from('+OK '), chunk]));
    },
    { transcript: { sink: (line, conn) => lines.push(`${conn.length > 0} ${line}`) } },
  );
  const socket = await dial(opened.door);
  await once(socket, 'data');
  socket.write('USER ann\r\n');
  await once(socket, 'data');
  socket.end('PASS geheim\r\n');
  await opened.fact('connection.close');
  assert.deepEqual(lines.slice(1, 4), ['true S: +OK hello', 'true C: USER ann', 'true S: +OK USER ann']);
  assert.equal(lines[4], 'true C: PASS ***');
});
