import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectH2, type IncomingHttpHeaders } from 'node:http2';
import { test } from 'node:test';
import { HttpRefusal } from '../../../../src/protocols/shared/http/refusal.ts';
import type { HttpRequest } from '../../../../src/protocols/shared/http/route.ts';
import { parseExtensions } from '../../../../src/protocols/shared/ws/extensions.ts';
import { webSocketRoute } from '../../../../src/protocols/shared/ws/route.ts';
import { certificate } from '../../../net/certificate.ts';
import { HTTP, stage, talk } from '../http/stage.ts';
import { dialWs, type Ears, masked, opening, openWs, type WsStage, wsStage } from './stage.ts';

const context = await certificate();

/** The answer's status line and head. */
async function answer(opened: WsStage, handshake: string): Promise<string> {
  const ears = await dialWs(opened);
  ears.socket.write(handshake);
  const head = await ears.answer();
  ears.socket.destroy();
  return head;
}

async function status(opened: WsStage, handshake: string): Promise<number> {
  return Number(/^HTTP\/1\.1 (\d+) /.exec(await answer(opened, handshake))?.[1]);
}

async function echoes(ears: Ears): Promise<void> {
  ears.socket.write(masked(0x81, 'hello'));
  assert.deepEqual(await ears.hear(), { kind: 'text', text: 'hello' });
  ears.socket.write(masked(0x88, Buffer.from([3, 232])));
  assert.equal(await ears.closed(), 1000);
  await ears.ended();
}

test('section 1.3: the accept key of its example, and messages at once', async () => {
  await using opened = await wsStage();
  const ears = await openWs(opened, masked(0x81, 'early'));
  assert.deepEqual(ears.head.split('\r\n'), [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  ]);
  assert.deepEqual(await ears.hear(), { kind: 'text', text: 'early' });
  await echoes(ears);
  const gone = await opened.fact('connection.close');
  assert.equal(gone.code, 'CQ');
});

test('WS-01 Origin foreign and null: 403 for every spelling of the path; our own, and none: 101', async () => {
  await using opened = await wsStage();
  const { port } = opened.door;
  const PATHS = ['/ws/api', '//ws/api', '/ws/%61pi', '/x/../ws/api', '/ws/./api', '/ws/%61pi?a=b'];
  for (const path of PATHS) {
    const line = `GET ${path} HTTP/1.1`;
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost.evil.example',
      `https://localhost:${port}`,
    ]) {
      assert.equal(await status(opened, opening({ Origin: origin }, line)), 403, `${path} ${origin}`);
    }
    const known = await status(opened, opening({}, line));
    assert.ok(known === 101 || known === 400, `${path} ${known}`);
    const same = { Host: `localhost:${port}`, Origin: `http://localhost:${port}` };
    assert.equal(await status(opened, opening(same, line)), known, path);
  }
  for (const path of ['/WS/api', '/ws/API']) {
    const line = `GET ${path} HTTP/1.1`;
    assert.equal(await status(opened, opening({ Origin: 'https://evil.example' }, line)), 403, path);
    assert.notEqual(await status(opened, opening({}, line)), 101, path);
  }
  assert.equal(await status(opened, opening({ Host: 'evil.example' })), 403);
  assert.equal(await status(opened, opening({ 'Sec-Fetch-Site': 'cross-site' })), 403);
});

test('WS-01 an origin that was allowed may', async () => {
  await using opened = await wsStage({}, undefined, { origins: ['https://app.example'] });
  assert.equal(await status(opened, opening({ Origin: 'https://app.example' })), 101);
  assert.equal(await status(opened, opening({ Origin: 'https://app.example:444' })), 403);
});

test('WS-01 what the gate of every other request refuses is refused', async () => {
  const gate = (request: HttpRequest): void => {
    if (request.header('authorization') !== 'Bearer right') throw new HttpRefusal(401, 'log in first');
  };
  await using opened = await wsStage({}, undefined, { gate });
  assert.equal(await status(opened, opening()), 401);
  assert.equal(await status(opened, opening({ Authorization: 'Bearer wrong' })), 401);
  assert.equal(await status(opened, opening({ Authorization: 'Bearer right' })), 101);
});

test('a handshake that is not as it should be', async () => {
  await using opened = await wsStage();
  const cases: readonly (readonly [number, Readonly<Record<string, string | undefined>>, string?])[] = [
    [426, { 'Sec-WebSocket-Version': '8' }],
    [426, { 'Sec-WebSocket-Version': undefined }],
    [426, { 'Sec-WebSocket-Version': '13, 8' }],
    [400, { 'Sec-WebSocket-Key': undefined }],
    [400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZR==' }],
    [400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j' }],
    [400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==x' }],
    [400, { 'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==' }],
    [400, { 'Content-Length': '3' }],
    [400, { 'Transfer-Encoding': 'chunked' }],
    [400, { 'Sec-WebSocket-Extensions': 'permessage-deflate; =' }],
    [400, { 'Sec-WebSocket-Protocol': 'a, a' }],
    [400, { 'Sec-WebSocket-Protocol': 'a b' }],
    [405, {}, 'POST /ws/api HTTP/1.1'],
    [400, {}, 'GET /ws/api HTTP/1.0'],
    [200, { Upgrade: 'h2c' }],
    [101, { Upgrade: 'h2c, WebSocket' }],
    [101, { Connection: 'keep-alive, upgrade' }],
  ];
  for (const [expected, headers, line] of cases) {
    assert.equal(await status(opened, opening(headers, line)), expected, JSON.stringify([headers, line]));
  }
  const old = await answer(opened, opening({ 'Sec-WebSocket-Version': '8' }));
  assert.match(old, /^Sec-WebSocket-Version: 13$/m);
  assert.match(old, /^Upgrade: websocket$/m);
});

test('a subprotocol is one that both speak, in the client’s order', async () => {
  await using opened = await wsStage({ subprotocols: ['a.1', 'b.1'] });
  const chosen = async (offered: string | undefined): Promise<string | undefined> =>
    /^Sec-WebSocket-Protocol: (.*)$/m.exec(await answer(opened, opening({ 'Sec-WebSocket-Protocol': offered })))?.[1];
  assert.equal(await chosen('x, b.1, a.1'), 'b.1');
  assert.equal(await chosen('x'), undefined);
  assert.equal(await chosen(undefined), undefined);
});

test('WS-06 compression only where it was offered in words that can be met', async () => {
  await using opened = await wsStage();
  const agreed = async (offered: string | undefined): Promise<string | undefined> =>
    /^Sec-WebSocket-Extensions: (.*)$/m.exec(
      await answer(opened, opening({ 'Sec-WebSocket-Extensions': offered })),
    )?.[1];
  const PLAIN = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  for (const [offered, expected] of [
    [undefined, undefined],
    ['x-webkit-deflate-frame', undefined],
    ['permessage-deflate', PLAIN],
    ['permessage-deflate; client_max_window_bits', PLAIN],
    ['permessage-deflate; client_max_window_bits=8', PLAIN],
    ['permessage-deflate; server_max_window_bits=10', `${PLAIN}; server_max_window_bits=10`],
    ['permessage-deflate; server_max_window_bits="10"', `${PLAIN}; server_max_window_bits=10`],
    ['permessage-deflate; server_max_window_bits=8', undefined],
    ['permessage-deflate; server_max_window_bits=8, permessage-deflate', PLAIN],
    ['permessage-deflate; server_max_window_bits', undefined],
    ['permessage-deflate; server_max_window_bits=16', undefined],
    ['permessage-deflate; server_max_window_bits=010', undefined],
    ['permessage-deflate; client_max_window_bits=7', undefined],
    ['permessage-deflate; client_max_window_bits=99999999999999999999', undefined],
    ['permessage-deflate; server_no_context_takeover=1', undefined],
    ['permessage-deflate; client_no_context_takeover; client_no_context_takeover', undefined],
    ['permessage-deflate; unknown', undefined],
  ] as const) {
    assert.equal(await agreed(offered), expected, offered);
  }
  await using without = await wsStage({ deflate: false });
  assert.doesNotMatch(
    await answer(without, opening({ 'Sec-WebSocket-Extensions': 'permessage-deflate' })),
    /Extensions/,
  );
});

test('extensions are taken apart as written, or not at all', () => {
  assert.deepEqual(parseExtensions('a; b=c ; d , e'), [
    {
      name: 'a',
      parameters: [
        ['b', 'c'],
        ['d', undefined],
      ],
    },
    { name: 'e', parameters: [] },
  ]);
  assert.deepEqual(parseExtensions(''), []);
  assert.deepEqual(parseExtensions(', ,'), []);
  for (const bad of ['a b', 'a; b=', 'a; b="c', 'a; b="c d"', ';a', 'a;', 'a; b==c', 'a, "b"', 'x'.repeat(5000)]) {
    assert.equal(parseExtensions(bad), undefined, bad);
  }
  assert.equal(parseExtensions(Array(40).fill('a').join(',')), undefined);
});

test('through HTTPS it is the same', async () => {
  await using opened = await wsStage({}, undefined, { door: { tls: { mode: 'implicit', context: () => context } } });
  const { port } = opened.door;
  const ears = await dialWs(opened, true);
  ears.socket.write(opening({ Host: `localhost:${port}`, Origin: `https://localhost:${port}` }));
  assert.match(await ears.answer(), /^HTTP\/1\.1 101 /);
  await echoes(ears);
  const foreign = await dialWs(opened, true);
  foreign.socket.write(opening({ Host: `localhost:${port}`, Origin: `http://localhost:${port}` }));
  assert.match(await foreign.answer(), /^HTTP\/1\.1 403 /);
  foreign.socket.destroy();
});

test('over HTTP/2 it is refused: 426 for GET, no extended CONNECT (RFC 8441), and the connection goes on', async () => {
  const route = webSocketRoute('/ws', { minimumRate: 0, log: () => {} }, () => async () => {});
  const door = {
    protocol: { ...HTTP, alpn: ['h2', 'http/1.1'] },
    tls: { mode: 'implicit', context: () => context },
  } as const;
  await using opened = await stage({ routes: [route] }, door);
  const session = connectH2(`https://127.0.0.1:${opened.door.port}`, { ca: context.cert });
  await once(session, 'remoteSettings');
  assert.equal(session.remoteSettings.enableConnectProtocol, false);
  const ask = async (fields: IncomingHttpHeaders): Promise<IncomingHttpHeaders> => {
    const stream = session.request(fields);
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.resume();
    await once(stream, 'close');
    return headers;
  };
  const upgrade = await ask({ ':path': '/ws' });
  assert.deepEqual([upgrade[':status'], upgrade.upgrade, upgrade.connection], [426, undefined, undefined]);
  const connect = session.request({ ':method': 'CONNECT', ':authority': 'localhost' });
  const [refused] = (await once(connect, 'response')) as [IncomingHttpHeaders];
  assert.equal(refused[':status'], 405);
  connect.close();
  assert.equal((await ask({ ':path': '/other' }))[':status'], 404);
  session.destroy();
});

test('too many connections: 503; overloaded: 503', async () => {
  await using opened = await wsStage({}, undefined, { limits: { connections: 1, connectionsPerAddress: 1 } });
  const first = await openWs(opened);
  assert.match(await talk(opened, opening()), /^HTTP\/1\.1 503 /);
  await echoes(first);
  await using busy = await wsStage({}, undefined, { overloaded: () => true });
  assert.equal(await status(busy, opening()), 503);
});
