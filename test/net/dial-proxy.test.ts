import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CsError } from '../../src/kit/errors.ts';
import { createDial } from '../../src/net/dial.ts';
import { parseProxy } from '../../src/net/proxy-client.ts';
import { proxyFromEnv } from '../../src/net/proxy-client-env.ts';
import { parseConnectResponse } from '../../src/net/proxy-client-http.ts';
import { encodeConnect, parseConnectReply } from '../../src/net/proxy-client-socks.ts';
import { fc } from '../property.ts';
import { failing, type Listener, listen, listenTls, quiet, target, textOf } from './dial-fixture.ts';
import { type Made, testAuthority, testLeaf } from './tls-certificates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-dial-proxy-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const ca = join(scratch, 'ca.pem');
let leaf: Made;
before(async () => {
  const authority = await testAuthority();
  writeFileSync(ca, authority.cert);
  leaf = await testLeaf(authority, { names: ['mail.test', 'localhost', '127.0.0.1'] });
});

const proxy = (text: string) => parseProxy(text, { from: 'env' });
const noNames = () => Promise.reject(new Error('the name is for the proxy to resolve'));

/** A proxy that follows a script: each entry waits for bytes, notes them, and answers; then it relays to `port`. */
function scripted(steps: readonly (string | Buffer)[], heard: Buffer[], port?: () => number) {
  return (socket: Socket): void => {
    let at = 0;
    socket.on('data', (chunk: Buffer) => {
      heard.push(chunk);
      socket.write(steps[at++] ?? '');
      if (at < steps.length || port === undefined) return;
      socket.removeAllListeners('data');
      const onward = connect(port(), '127.0.0.1');
      onward.on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
  };
}

const SOCKS_OK = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 25]);
const NAME = Buffer.from('mail.test');
const greet = (socket: Socket): void => {
  socket.end('220 hello');
};

describe('the way through', () => {
  let plain: Listener;
  let secured: Listener;
  before(async () => {
    plain = await listen('127.0.0.1', greet);
    secured = await listenTls(leaf, greet);
  });
  after(async () => {
    await plain[Symbol.asyncDispose]();
    await secured[Symbol.asyncDispose]();
  });

  test('SOCKS5: the name goes to the proxy, and nothing of the server is lost', async () => {
    const heard: Buffer[] = [];
    // Reply and banner in one segment: what follows the reply is the server's.
    const steps = [Buffer.from([5, 0]), Buffer.concat([SOCKS_OK, Buffer.from('early ')])];
    await using server = await listen(
      '127.0.0.1',
      scripted(steps, heard, () => plain.port),
    );
    const dial = createDial(quiet({ proxy: proxy(`socks5://127.0.0.1:${server.port}`), lookup: noNames }));
    const conn = await dial(target('line://mail.test:25'));
    assert.equal(await textOf(conn), 'early 220 hello');
    assert.deepEqual(conn.peer, { address: 'mail.test', port: 25, loopback: false });
    assert.equal(conn.trusted, false);
    await conn.close();
    assert.deepEqual(heard, [Buffer.from([5, 1, 0]), Buffer.from([5, 1, 0, 3, NAME.length, ...NAME, 0, 25])]);
  });

  test('SOCKS5 with user and password, TLS inside', async () => {
    const heard: Buffer[] = [];
    const steps = [Buffer.from([5, 2]), Buffer.from([1, 0]), SOCKS_OK];
    await using server = await listen(
      '127.0.0.1',
      scripted(steps, heard, () => secured.port),
    );
    const dial = createDial(quiet({ ca, proxy: proxy(`socks5://ann:pw@127.0.0.1:${server.port}`), lookup: noNames }));
    const conn = await dial(target('lines://mail.test'));
    assert.equal(await textOf(conn), '220 hello');
    assert.deepEqual([conn.trusted, conn.tls?.servername], [true, 'mail.test']);
    await conn.close();
    assert.deepEqual(heard[1], Buffer.from('\x01\x03ann\x02pw', 'latin1'));
  });

  test('HTTP CONNECT with user and password', async () => {
    const heard: Buffer[] = [];
    const steps = ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nearly '];
    await using server = await listen(
      '127.0.0.1',
      scripted(steps, heard, () => plain.port),
    );
    const dial = createDial(quiet({ proxy: proxy(`http://ann:pw@127.0.0.1:${server.port}`), lookup: noNames }));
    const conn = await dial(target('line://mail.test:2525'));
    assert.equal(await textOf(conn), 'early 220 hello');
    await conn.close();
    const login = Buffer.from('ann:pw').toString('base64');
    const request = `CONNECT mail.test:2525 HTTP/1.1\r\nHost: mail.test:2525\r\nProxy-Authorization: Basic ${login}\r\n\r\n`;
    assert.equal(heard[0]?.toString(), request);
  });

  test('a proxy behind TLS', async () => {
    const steps = ['HTTP/1.1 200 ok\r\n\r\n'];
    await using server = await listenTls(
      leaf,
      scripted(steps, [], () => secured.port),
    );
    const dial = createDial(quiet({ ca, proxy: proxy(`https://localhost:${server.port}`) }));
    const conn = await dial(target('lines://mail.test'));
    assert.equal(await textOf(conn), '220 hello');
    assert.equal(conn.secure, true);
    await conn.close();
  });

  test('--insecure off loopback: no password travels without --insecure-auth', async () => {
    const steps = ['HTTP/1.1 200 ok\r\n\r\n'];
    await using server = await listen(
      '127.0.0.1',
      scripted(steps, [], () => secured.port),
    );
    const via = proxy(`http://127.0.0.1:${server.port}`);
    for (const [more, trusted] of [
      [{ insecure: true }, false],
      [{ insecure: true, insecureAuth: true }, true],
      [{ ca }, true],
      [{ ca, insecure: true }, true],
    ] as const) {
      const conn = await createDial(quiet({ proxy: via, ...more }))(target('lines://mail.test'));
      assert.deepEqual([conn.secure, conn.trusted], [true, trusted], JSON.stringify(more));
      await conn.close();
    }
  });
});

describe('a proxy that refuses or talks nonsense', () => {
  const socks = (...replies: number[][]) => replies.map((reply) => Buffer.from(reply));
  const rows: [string, string, readonly (string | Buffer)[], string, number, RegExp][] = [
    [
      'socks: refused',
      'socks5',
      socks([5, 0], [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
      'CS_CANNOT_CONNECT',
      7,
      /connection refused/,
    ],
    ['socks: short refusal', 'socks5', socks([5, 0], [5, 2, 0]), 'CS_CANNOT_CONNECT', 7, /rules/],
    ['socks: unknown reply', 'socks5', socks([5, 0], [5, 99, 0, 1]), 'CS_CANNOT_CONNECT', 7, /99/],
    ['socks: wants a login', 'socks5', socks([5, 255]), 'CS_AUTH_REQUIRED', 4, /log in/],
    ['socks: wrong login', 'socks5://u:p@', socks([5, 2], [1, 1]), 'CS_AUTH_REJECTED', 4, /rejected/],
    ['socks: no way to log in', 'socks5://u:p@', socks([5, 255]), 'CS_AUTH_REJECTED', 4, /log in/],
    ['socks: a login not offered', 'socks5', socks([5, 2]), 'CS_PEER_PROTOCOL', 8, /not offered/],
    ['socks: version 4', 'socks5', socks([4, 90]), 'CS_PEER_PROTOCOL', 8, /SOCKS5/],
    ['socks: an HTTP proxy', 'socks5', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 'CS_PEER_PROTOCOL', 8, /SOCKS5/],
    ['socks: unknown address kind', 'socks5', socks([5, 0], [5, 0, 0, 9, 1]), 'CS_PEER_PROTOCOL', 8, /address/],
    ['http: 403', 'http', ['HTTP/1.1 403 Forbidden\r\n\r\n'], 'CS_CANNOT_CONNECT', 7, /403/],
    ['http: 407', 'http', ['HTTP/1.1 407 Login\r\n\r\n'], 'CS_AUTH_REQUIRED', 4, /user and password/],
    ['http: 407 again', 'http://u:p@', ['HTTP/1.1 407 Login\r\n\r\n'], 'CS_AUTH_REJECTED', 4, /another user/],
    ['http: an SMTP server', 'http', ['220 mail.test ESMTP\r\n'], 'CS_PEER_PROTOCOL', 8, /HTTP/],
    ['http: 101', 'http', ['HTTP/1.1 101 Switching\r\n\r\n'], 'CS_CANNOT_CONNECT', 7, /101/],
    ['http: no status', 'http', ['HTTP/1.1 OK\r\n\r\n'], 'CS_PEER_PROTOCOL', 8, /response/],
    ['http: a bare line feed', 'http', ['HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n'], 'CS_PEER_PROTOCOL', 8, /response/],
    ['http: endless header', 'http', [`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(20_000)}`], 'CS_PEER_LIMIT', 8, /longer/],
  ];
  for (const [name, scheme, steps, code, exit, words] of rows) {
    test(name, async () => {
      await using server = await listen('127.0.0.1', scripted(steps, []));
      const url = scheme.includes('://') ? `${scheme}127.0.0.1:${server.port}` : `${scheme}://127.0.0.1:${server.port}`;
      const dialled = createDial(quiet({ proxy: proxy(url) }))(target('line://mail.test:25'));
      await assert.rejects(dialled, failing(code, exit, words));
    });
  }

  test('one that hangs up, one that is silent, one that is not there', async () => {
    await using rude = await listen('127.0.0.1', (socket) => socket.on('data', () => socket.end()));
    await using mute = await listen('127.0.0.1', () => {});
    const through = (port: number, timeout: number) =>
      createDial(quiet({ proxy: proxy(`socks5://127.0.0.1:${port}`), timeout }))(target('line://mail.test:25'));
    await assert.rejects(through(rude.port, 10_000), failing('CS_PEER_PROTOCOL', 8, /hung up/));
    await assert.rejects(through(mute.port, 100), failing('CS_TIMEOUT', 124));
    await assert.rejects(through(1, 10_000), failing('CS_CANNOT_CONNECT', 7, /the proxy 127/));
  });
});

test('replies mean the same however they are split, and garbage is an error of the peer', () => {
  const whole = Buffer.from('HTTP/1.0 200 fine\r\nA: b\r\n\r\nrest');
  for (const [parse, bytes, used] of [
    [parseConnectResponse, whole, whole.length - 4],
    [parseConnectReply, Buffer.from([5, 0, 0, 3, 2, 97, 98, 0, 25, 33]), 9],
    [parseConnectReply, Buffer.from([5, 0, 0, 4, ...Array(16).fill(1), 0, 25]), 22],
  ] as const) {
    for (let cut = 0; cut < used; cut++) assert.equal(parse(bytes.subarray(0, cut)), undefined);
    assert.equal(parse(bytes)?.used, used);
  }
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string().map((text) => Buffer.from(`HTTP/1.1 ${text}\r\n\r\n`)),
  );
  fc.assert(
    fc.property(bytes, (input) => {
      for (const parse of [parseConnectResponse, parseConnectReply]) {
        try {
          assert.ok((parse(input)?.used ?? 0) <= input.length);
        } catch (error) {
          assert.ok(error instanceof CsError && error.blame === 'peer', String(error));
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('addresses are sent as octets', () => {
  assert.deepEqual([...encodeConnect({ host: '192.0.2.1', port: 258 })], [5, 1, 0, 1, 192, 0, 2, 1, 1, 2]);
  assert.equal(encodeConnect({ host: '::1', port: 1 }).length, 22);
});

describe('the environment', () => {
  const env = {
    HTTP_PROXY: 'http://p.test:3128',
    ALL_PROXY: 'socks5://s.test',
    NO_PROXY: '.inner.test, 10.0.0.0/8 x.test:25',
  };
  const rows: [string, string | undefined][] = [
    ['line://mail.test', 'socks5://s.test/'],
    ['line://localhost:25', undefined],
    ['line://127.0.0.1', undefined],
    ['line+unix:///run/x', undefined],
    ['line://a.inner.test', undefined],
    ['line://inner.test', undefined],
    ['line://notinner.test', 'socks5://s.test/'],
    ['line://10.2.3.4', undefined],
    ['line://11.2.3.4', 'socks5://s.test/'],
    ['line://x.test:25', undefined],
    ['line://x.test:26', 'socks5://s.test/'],
  ];
  for (const [text, wanted] of rows) {
    test(`${text} → ${wanted ?? 'direct'}`, () => assert.equal(proxyFromEnv(target(text), env)?.shown, wanted));
  }

  test('by scheme; an upper-case HTTP_PROXY is not believed in a CGI program', () => {
    const web = { ...target('line://h.test'), scheme: 'http' };
    assert.equal(proxyFromEnv(web, env)?.shown, 'http://p.test:3128/');
    assert.equal(proxyFromEnv(web, { HTTP_PROXY: 'p.test', REQUEST_METHOD: 'GET' }), undefined);
    assert.equal(proxyFromEnv(web, { http_proxy: 'p.test:81', REQUEST_METHOD: 'GET' })?.shown, 'http://p.test:81/');
    assert.equal(proxyFromEnv(web, { ...env, NO_PROXY: '*' }), undefined);
    assert.equal(proxyFromEnv({ ...web, scheme: 'https' }, { HTTPS_PROXY: 'p.test', no_proxy: 'h.test' }), undefined);
  });
});
