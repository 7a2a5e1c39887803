/** Our client against servers that mean harm (trust.md, CL-*). */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { failing } from '../../../net/dial-fixture.ts';
import { clientOf, peer, reply, textOf } from './peer.ts';

const LIMIT = { timeout: 120_000 };
const get = { method: 'GET' } as const;

/** Until nobody listens any more; resolves to how many octets that took. */
function flood(socket: Socket, head: string, again: string | Buffer): void {
  socket.write(head);
  const more = (): void => {
    while (!socket.destroyed && socket.write(again)) {}
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
}

const BIG = 'X: '.concat('a'.repeat(8000), '\r\n');
const ROWS: readonly [string, (socket: Socket) => void, string, number][] = [
  [
    'CL-01 a status line without end',
    (socket) => flood(socket, 'HTTP/1.1 200 ', 'a'.repeat(65_536)),
    'CS_PEER_LIMIT',
    8,
  ],
  ['CL-01 headers without end', (socket) => flood(socket, 'HTTP/1.1 200 x\r\n', BIG.repeat(8)), 'CS_PEER_LIMIT', 8],
  [
    'CL-01 interim answers without end',
    (socket) => flood(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)),
    'CS_PEER_LIMIT',
    8,
  ],
  [
    'two lengths',
    (socket) => socket.write('HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na'),
    'CS_PEER_PROTOCOL',
    8,
  ],
  [
    'a line break in a Location',
    (socket) => socket.write('HTTP/1.1 302 x\r\nLocation: /a\rSet-Cookie: b=c\r\n\r\n'),
    'CS_PEER_PROTOCOL',
    8,
  ],
  ['another protocol', (socket) => socket.write('220 mail.test ESMTP\r\n'), 'CS_PEER_PROTOCOL', 8],
  [
    'a switch of protocols that nobody asked for',
    (socket) => socket.write('HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n'),
    'CS_PEER_PROTOCOL',
    8,
  ],
  ['nothing at all', (socket) => socket.end(), 'CS_CANNOT_CONNECT', 7],
];
for (const [name, act, code, exit] of ROWS) {
  test(`${name}: ${code}`, LIMIT, async () => {
    await using server = await peer(act);
    await using agent = clientOf(server.url);
    await assert.rejects(agent.send(get), failing(code, exit));
    // What the kernels hold is among it.
    for (const { bytesWritten } of server.sockets) assert.ok(bytesWritten < 64 * 1024 * 1024, `${bytesWritten} octets`);
  });
}

const CONTENT: readonly [string, (socket: Socket) => void, string, number][] = [
  [
    'CL-06 a false Content-Length',
    (socket) => socket.end('HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nshort'),
    'CS_CANNOT_CONNECT',
    7,
  ],
  [
    'CL-06 chunks that end early',
    (socket) => socket.end('HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n'),
    'CS_CANNOT_CONNECT',
    7,
  ],
  [
    'CL-06 chunks of next to nothing',
    (socket) =>
      flood(
        socket,
        'HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n',
        `1;${'e'.repeat(4000)}\r\na\r\n`.repeat(20),
      ),
    'CS_PEER_LIMIT',
    8,
  ],
  [
    'CL-06 chunks without end',
    (socket) =>
      flood(
        socket,
        'HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n',
        `4000\r\n${'a'.repeat(0x4000)}\r\n`.repeat(4),
      ),
    'CS_PEER_LIMIT',
    8,
  ],
  [
    'a chunk that is longer than it says',
    (socket) => socket.write('HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n'),
    'CS_PEER_PROTOCOL',
    8,
  ],
];
for (const [name, act, code, exit] of CONTENT) {
  test(`${name}: ${code}`, LIMIT, async () => {
    await using server = await peer(act);
    await using agent = clientOf(server.url, { maxSize: 4 * 1024 * 1024 });
    const read = async () => textOf(await agent.send(get));
    await assert.rejects(read(), failing(code, exit));
  });
}

describe('CL-06 bombs', () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const rows: readonly [string, Buffer][] = [
    ['gzip', gzipSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ];
  for (const [coding, octets] of rows) {
    test(`${coding}: ${octets.length} octets that grow are stopped`, LIMIT, async () => {
      await using server = await peer(reply(200, octets, { 'Content-Encoding': coding }));
      await using agent = clientOf(server.url);
      const response = await agent.send(get);
      let grown = 0;
      const read = async (): Promise<void> => {
        for await (const chunk of response.body) grown += chunk.length;
      };
      await assert.rejects(read(), failing('CS_PEER_LIMIT', 8, /grows/, /--raw/));
      assert.ok(grown < 24 * 1024 * 1024, `${grown} octets were let through`);
    });
  }

  test('content that says it is too long is refused before it comes', LIMIT, async () => {
    await using server = await peer('HTTP/1.1 200 x\r\nContent-Length: 99999999999\r\n\r\n');
    await using agent = clientOf(server.url, { maxSize: 1000 });
    await assert.rejects(agent.send(get), failing('CS_PEER_LIMIT', 8, /1000 octets/, /--max-size/));
  });
});

test('CL-06 a drip ends with the time limit', LIMIT, async () => {
  const stop = new AbortController();
  await using server = await peer((socket) => {
    socket.write('HTTP/1.1 200 x\r\nContent-Length: 1000\r\n\r\na');
    setImmediate(() => stop.abort(new DOMException('late', 'TimeoutError')));
  });
  await using agent = clientOf(server.url, {}, { signal: stop.signal });
  await assert.rejects(
    (async () => textOf(await agent.send(get)))(),
    (error: Error) => error.name === 'TimeoutError' || (error as { code?: string }).code === 'CS_TIMEOUT',
  );
});

describe('CL-07 what could end a line early never leaves', () => {
  const rows: readonly [string, Parameters<ReturnType<typeof clientOf>['send']>[0]][] = [
    ['a method', { method: 'GET / HTTP/1.1\r\nX:' }],
    ['a header value', { ...get, headers: [['X', 'a\r\nY: b']] }],
    ['a header name', { ...get, headers: [['X: a\r\nY', 'b']] }],
    ['NUL in a value', { ...get, headers: [['X', 'a\0b']] }],
    ['a length of its own', { ...get, headers: [['Content-Length', '5']] }],
    ['a coding of its own', { ...get, headers: [['Transfer-Encoding', 'chunked']] }],
    ['CONNECT', { method: 'CONNECT' }],
  ];
  for (const [name, request] of rows) {
    test(name, LIMIT, async () => {
      await using server = await peer(reply(200));
      await using agent = clientOf(server.url);
      await assert.rejects(agent.send(request), failing('CS_INPUT', 2));
      assert.equal(server.asked.length, 0);
    });
  }
});
