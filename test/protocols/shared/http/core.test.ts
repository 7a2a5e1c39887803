import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ndjsonReply } from '../../../../src/protocols/shared/http/reply.ts';
import type { Route, UpgradeRoute } from '../../../../src/protocols/shared/http/route.ts';
import { dial, echoRoutes, stage, status, talk, untilEnd } from './stage.ts';

const END = 'Host: localhost\r\nConnection: close\r\n\r\n';

test('HT-33 CR and LF in a header of ours: 500, nothing injected', async () => {
  const logged: string[] = [];
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/to',
      safe: true,
      handle: ({ query }) => ({ status: 302, headers: { Location: query.get('to') ?? '' } }),
    },
  ];
  await using opened = await stage({ routes, log: (level, event) => void logged.push(`${level} ${event}`) });
  const answer = await talk(opened, `GET /to?to=%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\n${END}`);
  assert.match(answer, /^HTTP\/1\.1 500 /);
  assert.doesNotMatch(answer, /Set-Cookie/);
  assert.deepEqual(logged, ['error http.broken']);
});

test('a handler that throws: 500 that says nothing, and the log knows', async () => {
  const logged: unknown[] = [];
  const routes: Route[] = [
    { method: 'GET', path: '/', safe: true, handle: () => Promise.reject(new Error('the secret place')) },
  ];
  await using opened = await stage({ routes, log: (_level, event, facts) => void logged.push(event, facts?.reason) });
  const answer = await talk(opened, `GET / HTTP/1.1\r\n${END}`);
  assert.match(answer, /^HTTP\/1\.1 500 /);
  assert.doesNotMatch(answer, /secret place/);
  assert.deepEqual(logged, ['http.failed', 'the secret place']);
});

test('a handler that fails because its client has gone: nobody is at fault, and no error is logged', async () => {
  const logged: string[] = [];
  let failed = (_: unknown): void => {};
  const handled = new Promise<unknown>((resolve) => {
    failed = resolve;
  });
  const handle: Route['handle'] = async ({ signal }) => {
    socket.destroy();
    try {
      await once(signal, 'abort');
      throw signal.reason;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const routes: Route[] = [{ method: 'GET', path: '/', safe: true, handle }];
  await using opened = await stage({ routes, log: (level, event) => void logged.push(`${level} ${event}`) });
  const socket = await dial(opened);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await handled;
  // Another client is answered behind it: what was to be logged has been.
  assert.equal(await status(opened, 'GET /b HTTP/1.1\r\nHost: localhost'), 404);
  assert.deepEqual(logged, []);
});

test('404, 405 with Allow, OPTIONS, HEAD', async () => {
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/a/:name',
      safe: true,
      handle: ({ params }) => ({ status: 200, body: `hello ${params.get('name')}` }),
    },
    { method: 'DELETE', path: '/a/:name', safe: false, handle: () => ({ status: 204 }) },
  ];
  await using opened = await stage({ routes });
  assert.equal(await status(opened, 'GET /b HTTP/1.1\r\nHost: localhost'), 404);
  assert.equal(await status(opened, 'GET /a/b/c HTTP/1.1\r\nHost: localhost'), 404);
  const refused = await talk(opened, `PATCH /a/x HTTP/1.1\r\n${END}`);
  assert.match(refused, /^HTTP\/1\.1 405 [\s\S]*\r\nAllow: GET, DELETE, HEAD, OPTIONS\r\n/);
  const options = await talk(opened, `OPTIONS /a/x HTTP/1.1\r\n${END}`);
  assert.match(options, /^HTTP\/1\.1 204 [\s\S]*\r\nAllow: GET, DELETE, HEAD, OPTIONS\r\n[\s\S]*\r\n\r\n$/);
  const head = await talk(opened, `HEAD /a/x HTTP/1.1\r\n${END}`);
  assert.match(head, /^HTTP\/1\.1 200 [\s\S]*\r\nContent-Length: 7\r\n[\s\S]*\r\n\r\n$/);
  assert.match(await talk(opened, `GET /a/%78y HTTP/1.1\r\n${END}`), /\r\n\r\nhello xy$/);
});

test('every answer carries the security headers', async () => {
  await using opened = await stage();
  for (const target of ['/x', '/%00']) {
    const answer = await talk(opened, `GET ${target} HTTP/1.1\r\n${END}`);
    assert.match(answer, /\r\nContent-Security-Policy: default-src 'none'/);
    assert.match(answer, /\r\nX-Content-Type-Options: nosniff\r\n/);
    assert.match(answer, /\r\nReferrer-Policy: no-referrer\r\n/);
  }
});

test('pipelined requests are answered in order, one after the other', async () => {
  const order: string[] = [];
  const routes: Route[] = [
    {
      method: 'POST',
      path: '/:n',
      safe: false,
      handle: async ({ params }) => {
        order.push(`begin ${params.get('n')}`);
        await new Promise(setImmediate);
        order.push(`end ${params.get('n')}`);
        return { status: 200, body: `answer ${params.get('n')};` };
      },
    },
  ];
  await using opened = await stage({ routes });
  const one = (n: number): string => `POST /${n} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok`;
  const answer = await talk(opened, `${one(1)}${one(2)}POST /3 HTTP/1.1\r\nContent-Length: 0\r\n${END}`);
  assert.deepEqual(answer.match(/answer \d/g), ['answer 1', 'answer 2', 'answer 3']);
  assert.deepEqual(order, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
});

test('100 Continue comes when the body is wanted, and a refusal instead of it', async () => {
  await using opened = await stage({ bodyBytes: 100 });
  const head = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
  const refused = await talk(opened, head(101));
  assert.match(refused, /^HTTP\/1\.1 413 /);
  const socket = await dial(opened);
  socket.write(head(3));
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
  const answer = untilEnd(socket);
  socket.write('abc');
  assert.match(await answer, /^HTTP\/1\.1 200 /);
  socket.destroy();
  assert.equal(
    await status(opened, 'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 0'),
    417,
  );
});

test('GET with a body is answered; a little of it is read away, much of it ends the connection', async () => {
  await using opened = await stage();
  const get = (length: number): string => `GET /g HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
  const little = await talk(opened, `${get(10)}0123456789GET /h HTTP/1.1\r\n${END}`);
  assert.equal(little.match(/^HTTP\/1\.1 200 /gm)?.length, 2);
  const much = await talk(opened, `${get(10_000_000)}${'x'.repeat(100_000)}`);
  assert.match(much, /^HTTP\/1\.1 200 [\s\S]*\r\nConnection: close\r\n/);
});

test('a stream is flushed piece by piece, and its source ends with the client', async () => {
  let ended = (): void => {};
  const gone = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const routes: Route[] = [
    {
      method: 'GET',
      path: '/facts',
      safe: true,
      handle: ({ signal }) => {
        const facts = async function* () {
          yield { n: 1 };
          yield undefined;
          await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
          ended();
        };
        return ndjsonReply(facts());
      },
    },
  ];
  await using opened = await stage({ routes });
  const socket = await dial(opened);
  socket.write('GET /facts HTTP/1.1\r\nHost: localhost\r\n\r\n');
  let said = '';
  for await (const chunk of socket) {
    said += chunk;
    // Node 26 makes one chunk of two pieces.
    if (/\{"n":1\}\n(?:\r\n1\r\n)?\n\r\n$/.test(said)) break;
  }
  socket.destroy();
  await gone;
  await opened.fact('connection.close');
});

test('an answer that breaks inside is cut, not ended', async () => {
  const broken = async function* () {
    yield 'half';
    throw new Error('disk');
  };
  const routes: Route[] = [{ method: 'GET', path: '/', safe: true, handle: () => ({ status: 200, body: broken() }) }];
  await using opened = await stage({ routes });
  const answer = await talk(opened, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.doesNotMatch(answer, /0\r\n\r\n$/);
  assert.doesNotMatch(answer, /HTTP\/1\.1 500/);
});

test('an upgrade is routed or refused, and passes the same gates', async () => {
  const upgrade: UpgradeRoute = {
    method: 'UPGRADE',
    protocol: 'echo',
    path: '/ws',
    safe: true,
    upgrade: async (_request, stream, head) => {
      stream.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      stream.write(head);
      for await (const chunk of stream) stream.write(chunk);
    },
  };
  await using opened = await stage({ routes: [upgrade] });
  const ask = (path: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n${more}\r\n`;
  assert.match(await talk(opened, ask('/ws', 'Host: localhost\r\n')), /^HTTP\/1\.1 400 /);
  assert.match(await talk(opened, ask('/ws', 'Origin: https://evil.example\r\n')), /^HTTP\/1\.1 403 /);
  assert.match(await talk(opened, ask('/ws').replace('localhost', 'evil.example')), /^HTTP\/1\.1 403 /);
  const socket = await dial(opened);
  const answer = untilEnd(socket);
  socket.end(`${ask('/ws')}ping`);
  assert.match(await answer, /^HTTP\/1\.1 101 [\s\S]*ping$/);
  socket.destroy();
});

const LEAVING: UpgradeRoute = {
  method: 'UPGRADE',
  protocol: 'echo',
  path: '/ws',
  safe: true,
  upgrade: async (_request, stream) => void stream.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
};

test('an upgrade that nobody here follows is answered as if it had not been asked for', async () => {
  await using opened = await stage({ routes: [LEAVING, ...echoRoutes([])] });
  const asking = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
  const first = `POST /a/b HTTP/1.1\r\nHost: localhost\r\n${asking}Content-Length: 5\r\n\r\nhello`;
  const answer = await talk(opened, `${first}GET /c?d=%ff HTTP/1.1\r\n${END}`);
  assert.deepEqual(answer.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 200']);
  assert.match(answer, /\{"length":5\}[\s\S]*\{"path":\["c"\]/);
  const only = await talk(opened, `GET /ws HTTP/1.1\r\n${END}`);
  assert.match(only, /^HTTP\/1\.1 200 /, 'the other route of the path');
});

test('a path that is only an upgrade tells a plain GET so: 426', async () => {
  await using opened = await stage({ routes: [LEAVING] });
  const answer = await talk(opened, 'GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ws HTTP/1.1\r\n'.concat(END));
  assert.deepEqual(answer.match(/^(?:HTTP\/1\.1 |Upgrade: |Connection: ).*/gm), [
    'HTTP/1.1 426 Upgrade Required',
    'Upgrade: echo',
    'Connection: Upgrade',
    'HTTP/1.1 426 Upgrade Required',
    'Upgrade: echo',
    'Connection: Upgrade, close',
  ]);
  assert.match(await talk(opened, `POST /ws HTTP/1.1\r\n${END}`), /^HTTP\/1\.1 405 /);
});

test('an upgrade behind a request that is not answered yet is refused, after its answer', async () => {
  let tell = (): void => {};
  const slow: Route = {
    method: 'GET',
    path: '/slow',
    safe: true,
    handle: async () => {
      await new Promise<void>((resolve) => {
        tell = resolve;
        began();
      });
      return { status: 200, body: 'slow\n' };
    },
  };
  let began = (): void => {};
  const beginning = new Promise<void>((resolve) => {
    began = resolve;
  });
  await using opened = await stage({ routes: [slow, LEAVING] });
  const asking = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
  const answer = talk(opened, `GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\nGET /ws HTTP/1.1\r\n${asking}`);
  await beginning;
  tell();
  assert.deepEqual((await answer).match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('the third of five pipelined requests is bad: two answers, 400, and the end', async () => {
  await using opened = await stage();
  const good = 'GET /g HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const answer = await talk(opened, `${good}${good}GET /bad HTTP/1.1\nHost: localhost\n\n${good}${good}`);
  assert.deepEqual(answer.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  assert.equal(answer.match(/Connection: close/g)?.length, 1);
});

test('content that cannot be read is refused after the answers before it', async () => {
  await using opened = await stage();
  const good = 'GET /g HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const bad = 'POST /p HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
  const answer = await talk(opened, `${good}${bad}`);
  assert.deepEqual(answer.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('a request that is refused does not end the answers before it', async () => {
  await using opened = await stage();
  const answer = await talk(opened, 'GET /g HTTP/1.1\r\nHost: localhost\r\n\r\nGET /g HTTP/1.1\r\n\r\n');
  assert.deepEqual(answer.match(/^HTTP\/1\.1 \d+/gm), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});
