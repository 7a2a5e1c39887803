/** HTTP/2 by `node:http2` on the dialled connection, beside HTTP/1.1 by ALPN; TLS failures as everywhere. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:https';
import { test } from 'node:test';
import { certificate } from '../../../net/certificate.ts';
import { failing } from '../../../net/dial-fixture.ts';
import { clientOf, type Options, textOf } from './peer.ts';

const LIMIT = { timeout: 120_000 };
const get = { method: 'GET' } as const;

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly seen: string[];
}

type Handle = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

async function serve(handle: Handle, speaks: '1.1' | '2' | 'both' = '2'): Promise<Server> {
  const { cert, key } = await certificate();
  const seen: string[] = [];
  const server =
    speaks === '1.1'
      ? createServer({ cert, key, ALPNProtocols: ['http/1.1'] })
      : createSecureServer({ cert, key, allowHTTP1: true });
  const sockets = new Set<{ destroy(): void }>();
  server.on('secureConnection', (socket: { destroy(): void }) => sockets.add(socket));
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => {
    stream.on('error', () => {});
    seen.push(`${headers[':method']} ${headers[':authority']} ${headers[':path']}`);
    handle(stream, headers);
  });
  // Listened for, Node's other interface has its own idea of trailers.
  const old = speaks === '2' ? 'none' : 'request';
  server.on(old, (request: IncomingMessage, response: ServerResponse) => {
    if (request.httpVersionMajor === 2) return;
    seen.push(`${request.method} ${request.headers.host} ${request.url}`);
    response.end('by 1.1');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `https://localhost:${port}/`,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const insecure = { insecure: true, insecureAuth: true };
const agentAt = ({ url }: Server, options: Options = {}) => clientOf(url, options, insecure);

test('requests are streams of one session; head, content, trailers', LIMIT, async () => {
  await using server = await serve((stream, headers) => {
    assert.equal(headers['x-mine'], 'yes');
    assert.equal(headers.connection, undefined);
    stream.respond(
      { ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/plain' },
      { waitForTrailers: true },
    );
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
    stream.end('hello');
  });
  await using agent = agentAt(server);
  for (const url of ['/a', '/b?c']) {
    const response = await agent.send({
      ...get,
      url,
      headers: [
        ['X-Mine', 'yes'],
        ['Connection', 'close'],
      ],
    });
    assert.deepEqual([response.version, response.status, await textOf(response)], ['2', 200, 'hello']);
    assert.deepEqual(
      response.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
      ['a=1', 'b=2'],
    );
    assert.deepEqual(response.trailers(), [['x-sum', '7']]);
  }
  const host = new URL(server.url).host;
  assert.deepEqual(server.seen, [`GET ${host} /a`, `GET ${host} /b?c`]);
});

test('content goes up as it comes, with a length and without', LIMIT, async () => {
  const warnings: string[] = [];
  const warned = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', warned);
  await using server = await serve((stream, headers) => {
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    stream.on('end', () => {
      stream.respond({ ':status': 201 });
      stream.end(`${length} ${headers['content-length'] ?? '-'}`);
    });
  });
  await using agent = agentAt(server);
  const body = (length: number | undefined) => ({
    length,
    async *open() {
      for (let sent = 0; sent < 30; sent++) yield Buffer.alloc(100_000);
    },
  });
  assert.equal(await textOf(await agent.send({ method: 'PUT', body: body(3_000_000) })), '3000000 3000000');
  assert.equal(await textOf(await agent.send({ method: 'PUT', body: body(undefined) })), '3000000 -');
  await assert.rejects(agent.send({ method: 'PUT', body: body(3_000_001) }), failing('CS_CHANGED', 1));
  await new Promise(setImmediate);
  process.off('warning', warned);
  assert.deepEqual(warnings, [], 'waiting leaves no listener behind');
});

test('a stream that ends early is an error, never a short success', LIMIT, async () => {
  await using reset = await serve((stream) => {
    stream.respond({ ':status': 200 });
    stream.write('half', () => stream.session?.destroy());
  });
  await using one = agentAt(reset);
  await assert.rejects(async () => textOf(await one.send(get)), { code: /CS_PEER_PROTOCOL|CS_CANNOT_CONNECT/ });
  await using gone = await serve((stream) => {
    stream.respond({ ':status': 200, 'content-length': '100' });
    stream.write('half', () => stream.session?.destroy());
  });
  await using two = agentAt(gone);
  await assert.rejects(async () => textOf(await two.send(get)), { code: /CS_PEER_PROTOCOL|CS_CANNOT_CONNECT/ });
});

test('leaving the content early leaves the session usable', LIMIT, async () => {
  await using server = await serve((stream) => {
    stream.respond({ ':status': 200 });
    stream.end(Buffer.alloc(4_000_000));
  });
  await using agent = agentAt(server);
  const response = await agent.send(get);
  for await (const chunk of response.body) {
    assert.ok(chunk.length > 0);
    break;
  }
  assert.equal((await textOf(await agent.send(get))).length, 4_000_000);
});

test('the version is what both ends speak, or the one that was asked for', LIMIT, async () => {
  const ok: Handle = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('by 2');
  };
  await using both = await serve(ok, 'both');
  await using old = await serve(ok, '1.1');
  const rows: readonly [Server, 'auto' | '1.1' | '2', string][] = [
    [both, 'auto', 'by 2'],
    [both, '1.1', 'by 1.1'],
    [both, '2', 'by 2'],
    [old, 'auto', 'by 1.1'],
  ];
  for (const [server, http, said] of rows) {
    await using agent = agentAt(server, { http });
    assert.equal(await textOf(await agent.send(get)), said);
  }
  await using agent = agentAt(old, { http: '2' });
  await assert.rejects(agent.send(get), (error: { code: string }) => /CS_TLS|CS_UNSUPPORTED/.test(error.code));
  await using clear = clientOf('http://127.0.0.1:1/', { http: '2' });
  await assert.rejects(clear.send(get), failing('CS_USAGE', 2, /TLS/));
});

test('CL-08 a certificate of nobody that is known: exit 5, with a hint', LIMIT, async () => {
  await using server = await serve((stream) => stream.end());
  await using agent = clientOf(server.url);
  await assert.rejects(agent.send(get), failing('CS_TLS', 5, /./, /--ca/));
});

test('CL-07 what could end a line early has no place in a stream either', LIMIT, async () => {
  await using server = await serve((stream) => stream.end());
  await using agent = agentAt(server);
  await assert.rejects(agent.send({ ...get, headers: [['X', 'a\r\nb']] }), failing('CS_INPUT', 2));
  assert.deepEqual(server.seen, []);
});

test('CL-05 from https to http: refused, unless it is asked for', LIMIT, async () => {
  await using server = await serve((stream) => {
    stream.respond({ ':status': 302, location: 'http://127.0.0.1:1/' });
    stream.end();
  });
  await using agent = agentAt(server);
  await assert.rejects(agent.send(get), failing('CS_PEER_PROTOCOL', 8, /https to http/, /--allow-downgrade/));
  await using willing = agentAt(server, { allowDowngrade: true });
  await assert.rejects(willing.send(get), failing('CS_CANNOT_CONNECT', 7));
});
