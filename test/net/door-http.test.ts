import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { Handler } from '../../src/contracts/protocol.ts';
import { parseChaos } from '../../src/kit/faults.ts';
import type { DoorConfig } from '../../src/net/door.ts';
import { all, dial, open } from './door-fixture.ts';

/** A `node:http` server that never listens: it is handed every connection. */
function httpHandler(): Handler {
  const http = createServer((request, response) => {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on('end', () => response.end(`${request.method} ${request.url} ${size}\n`));
  });
  return async (conn) => {
    http.emit('connection', conn.duplex());
    if (!conn.signal.aborted) await once(conn.signal, 'abort');
  };
}

const ROWS: readonly [string, Partial<DoorConfig>, string][] = [
  ['the raw socket', {}, ''],
  ['behind a PROXY header in the same segment', { proxyFrom: ['127.0.0.1'] }, 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'],
  ['under a transcript', { transcript: { sink: () => {} } }, ''],
  ['under faults', { chaos: parseChaos('latency=1ms,throttle=10m') }, ''],
];

for (const [name, more, first] of ROWS) {
  test(`node:http takes a connection: ${name}`, async () => {
    await using opened = await open(httpHandler(), more);
    const socket = await dial(opened.door);
    const body = 'x'.repeat(300_000);
    socket.write(`${first}GET /one HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.write(`POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    socket.write('GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const said = await all(socket);
    assert.deepEqual(said.match(/^(GET|POST) .*$/gm), ['GET /one 0', 'POST /two 300000', 'GET /three 0']);
    socket.end();
    const close = await opened.fact('connection.close');
    assert.ok((close.bytes_in as number) > 300_000);
  });
}
