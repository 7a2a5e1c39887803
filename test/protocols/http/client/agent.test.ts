/** From one request to its last answer: redirects, logins, cookies, second tries, proxies. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { Secret } from '../../../../src/kit/secret.ts';
import { parseProxy } from '../../../../src/net/proxy-client.ts';
import { failing } from '../../../net/dial-fixture.ts';
import { clientOf, peer, reply, textOf } from './peer.ts';

const LIMIT = { timeout: 120_000 };
const get = { method: 'GET' } as const;
const body = (text: string) => ({
  length: Buffer.byteLength(text),
  async *open() {
    yield Buffer.from(text);
  },
});

test('one connection carries request after request', LIMIT, async () => {
  await using server = await peer(reply(200, 'one'), reply(200, 'two'), reply(404, 'three'));
  await using agent = clientOf(server.url);
  for (const [status, text] of [
    [200, 'one'],
    [200, 'two'],
    [404, 'three'],
  ] as const) {
    const response = await agent.send(get);
    assert.equal(response.status, status);
    assert.equal(await textOf(response), text);
  }
  assert.equal(server.sockets.length, 1);
  const [first] = server.asked;
  assert.equal(first?.head.split('\r\n')[0], 'GET / HTTP/1.1');
  assert.equal(first?.headers.get('host'), new URL(server.url).host);
});

test('what the target says goes into the request line as it was written', LIMIT, async () => {
  await using server = await peer(reply(200));
  await using agent = clientOf(`${server.url}a//b/../c%2Fd?x=1&x=%20#part`);
  await (await agent.send(get)).discard();
  assert.equal(server.asked[0]?.target, '/a//b/../c%2Fd?x=1&x=%20');
});

test('an idle connection that is gone is no failure, but what must not be done twice is not', LIMIT, async () => {
  await using server = await peer(
    reply(200, 'one'),
    (socket) => socket.destroy(),
    reply(200, 'again'),
    (socket) => socket.destroy(),
  );
  await using agent = clientOf(server.url);
  assert.equal(await textOf(await agent.send(get)), 'one');
  assert.equal(await textOf(await agent.send(get)), 'again');
  await assert.rejects(agent.send({ method: 'POST', body: body('x') }), failing('CS_UNKNOWN_OUTCOME', 10));
  assert.equal(server.asked.length, 4);
});

test('an answer to a request that was not made yet ends its connection', LIMIT, async () => {
  const twice = Buffer.concat([reply(200, 'one'), reply(200, 'smuggled')]);
  await using server = await peer(twice, reply(200, 'two'));
  await using agent = clientOf(server.url);
  assert.equal(await textOf(await agent.send(get)), 'one');
  assert.equal(await textOf(await agent.send(get)), 'two');
  assert.equal(server.sockets.length, 2);
});

test('an upload is streamed, and stops when the answer is there', LIMIT, async () => {
  await using server = await peer((_socket, { headers, body: sent }) => {
    return headers.has('expect') && sent === '' ? reply(413, 'too much', { Connection: 'close' }) : reply(200, sent);
  });
  await using agent = clientOf(server.url);
  assert.equal(await textOf(await agent.send({ method: 'PUT', body: body('small') })), 'small');
  let opened = 0;
  const endless = {
    length: undefined,
    async *open() {
      opened += 1;
      for (;;) yield Buffer.alloc(1000);
    },
  };
  const refused = await agent.send({ method: 'PUT', body: endless });
  assert.deepEqual([refused.status, await textOf(refused), opened], [413, 'too much', 0]);
});

test('content of another length than was said is not sent as if it were', LIMIT, async () => {
  for (const length of [3, 9]) {
    await using server = await peer(reply(200));
    await using agent = clientOf(server.url);
    const wrong = { ...body('four5'), length };
    await assert.rejects(agent.send({ method: 'PUT', body: wrong }), failing('CS_CHANGED', 1));
  }
});

describe('redirects', () => {
  const rows: readonly [number, string, string][] = [
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
    [301, 'PUT', 'PUT'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [302, 'DELETE', 'DELETE'],
  ];
  for (const [status, method, then] of rows) {
    test(`${status}: ${method} becomes ${then}`, LIMIT, async () => {
      await using server = await peer(reply(status, '', { Location: '/next?a=b' }), reply(200));
      await using agent = clientOf(`${server.url}first`);
      const sent = method === 'HEAD' || method === 'DELETE' ? {} : { body: body('content') };
      const response = await agent.send({ method, headers: [['Content-Type', 'text/x']], ...sent });
      await response.discard();
      const [, second] = server.asked;
      assert.deepEqual([second?.method, second?.target], [then, '/next?a=b']);
      assert.equal(second?.body, then === method && 'body' in sent ? 'content' : '');
      assert.equal(second?.headers.has('content-type'), then === method);
      assert.deepEqual(
        response.hops.map(({ status: code, why }) => [code, why]),
        [[status, 'redirect']],
      );
      assert.equal(response.url, `${server.url}next?a=b`);
    });
  }

  test('CL-05 login, cookies and secret headers stay at the first origin', LIMIT, async () => {
    await using other = await peer(reply(200, 'there'));
    await using server = await peer(
      reply(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }),
      reply(302, '', { Location: other.url, 'Set-Cookie': 'a=b' }),
    );
    await using agent = clientOf(server.url, {}, { login: { user: 'ann', password: new Secret('wonderland') } });
    const headers = [
      ['Cookie', 'mine=1'],
      ['X-Plain', 'goes along'],
    ] as const;
    const response = await agent.send({ ...get, headers });
    assert.equal(await textOf(response), 'there');
    assert.equal(response.authorized, false);
    assert.match(server.asked[1]?.headers.get('authorization') ?? '', /^Basic /);
    const [asked] = other.asked;
    assert.equal(asked?.headers.has('authorization'), false);
    // The jar knows hosts and no ports (RFC 6265 section 8.5): what was written by hand is gone all the same.
    assert.doesNotMatch(asked?.headers.get('cookie') ?? '', /mine/);
    assert.equal(asked?.headers.get('x-plain'), 'goes along');
    assert.equal(asked?.headers.get('host'), new URL(other.url).host);
  });

  const refused: readonly [string, string][] = [
    ['CL-05 file:', 'file:///etc/passwd'],
    ['another scheme', 'ftp://127.0.0.1/x'],
    ['what is no URL', 'http://[::1/'],
    ['javascript:', 'javascript:alert(1)'],
  ];
  for (const [name, location] of refused) {
    test(`${name}: not followed, exit 8`, LIMIT, async () => {
      await using server = await peer(reply(302, '', { Location: location }));
      await using agent = clientOf(server.url);
      await assert.rejects(agent.send(get), failing('CS_PEER_PROTOCOL', 8));
    });
  }

  test('CL-05 a redirect loop ends after as many as were allowed', LIMIT, async () => {
    await using server = await peer(reply(302, '', { Location: '/again' }));
    await using agent = clientOf(server.url, { redirects: 7 });
    await assert.rejects(agent.send(get), failing('CS_PEER_LIMIT', 8, /7 redirects/));
    assert.equal(server.asked.length, 8);
  });

  test('none are followed where none are allowed; user and password in a Location go nowhere', LIMIT, async () => {
    await using server = await peer(reply(302, '', { Location: '/x' }));
    await using agent = clientOf(server.url, { redirects: 0 });
    const response = await agent.send(get);
    assert.deepEqual([response.status, response.hops.length], [302, 0]);
    await response.discard();
    await using end = await peer(reply(200));
    await using tempting = await peer(reply(302, '', { Location: `http://eve:secret@127.0.0.1:${end.port}/` }));
    await using follower = clientOf(tempting.url);
    await (await follower.send(get)).discard();
    assert.equal(end.asked[0]?.headers.has('authorization'), false);
  });

  test('octets of another script in a Location become escapes', LIMIT, async () => {
    await using server = await peer(
      Buffer.from('HTTP/1.1 302 x\r\nLocation: /gr\xc3\xbc\xc3\x9fe a\r\nContent-Length: 0\r\n\r\n', 'latin1'),
      reply(200),
    );
    await using agent = clientOf(server.url);
    await (await agent.send(get)).discard();
    assert.equal(server.asked[1]?.target, '/gr%c3%bc%c3%9fe%20a');
  });
});

describe('login', () => {
  const login = { user: 'ann', password: new Secret('wonder:land') };
  const basic = `Basic ${Buffer.from('ann:wonder:land').toString('base64')}`;

  test('nothing is said before it is asked for; then what the server takes', LIMIT, async () => {
    await using server = await peer(
      reply(401, 'who?', { 'WWW-Authenticate': 'Basic realm="a, b"' }),
      reply(200, 'ann'),
    );
    await using agent = clientOf(server.url, {}, { login });
    const response = await agent.send(get);
    assert.deepEqual([response.status, response.authorized, await textOf(response)], [200, true, 'ann']);
    assert.equal(server.asked[0]?.headers.has('authorization'), false);
    assert.equal(server.asked[1]?.headers.get('authorization'), basic);
    await (await agent.send(get)).discard();
    assert.equal(server.asked[2]?.headers.get('authorization'), basic);
  });

  test('a rejected login is not tried for ever', LIMIT, async () => {
    await using server = await peer(reply(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }));
    await using agent = clientOf(server.url, {}, { login });
    const response = await agent.send(get);
    await response.discard();
    assert.deepEqual([response.status, response.authorized, server.asked.length], [401, true, 2]);
  });

  test('digest before basic, SHA-256 before MD5; a stale nonce is renewed', LIMIT, async () => {
    const challenges =
      'WWW-Authenticate: Digest realm="r", qop="auth", nonce="n1", algorithm=MD5\r\n' +
      'WWW-Authenticate: Digest realm="r", qop="auth,auth-int", nonce="n1", algorithm=SHA-256, opaque="o"\r\n' +
      'WWW-Authenticate: Basic realm="r"\r\n';
    await using server = await peer(
      `HTTP/1.1 401 x\r\n${challenges}Content-Length: 0\r\n\r\n`,
      reply(401, '', { 'WWW-Authenticate': 'Digest realm="r", qop="auth", nonce="n2", algorithm=SHA-256, stale=TRUE' }),
      reply(200, 'in'),
    );
    await using agent = clientOf(`${server.url}a?b`, {}, { login });
    assert.equal(await textOf(await agent.send(get)), 'in');
    const [, first = '', second = ''] = server.asked.map(({ headers }) => headers.get('authorization') ?? '');
    assert.match(
      first,
      /^Digest username="ann", realm="r", nonce="n1", uri="\/a\?b", algorithm=SHA-256, response="[0-9a-f]{64}", opaque="o", qop=auth, nc=00000001, cnonce="/,
    );
    assert.match(second, /nonce="n2".*nc=00000001/);
    await (await agent.send(get)).discard();
    assert.match(server.asked[3]?.headers.get('authorization') ?? '', /nonce="n2".*nc=00000002/);
  });

  test('bearer and basic may go unasked', LIMIT, async () => {
    for (const [auth, said] of [
      ['bearer', 'Bearer wonder:land'],
      ['basic', basic],
    ] as const) {
      await using server = await peer(reply(200));
      await using agent = clientOf(server.url, { auth }, { login });
      await (await agent.send(get)).discard();
      assert.equal(server.asked[0]?.headers.get('authorization'), said);
    }
  });

  test('AU-05 a password in clear text off this machine is refused before it leaves', LIMIT, async () => {
    await using proxy = await peer(reply(401, '', { 'WWW-Authenticate': 'Basic realm="x"' }));
    const through = { login, proxy: parseProxy(proxy.url, { from: 'env' }) };
    await using agent = clientOf('http://far.test/', {}, through);
    await assert.rejects(agent.send(get), failing('CS_UNSAFE', 16, /without TLS/, /--plaintext-auth/));
    assert.doesNotMatch(proxy.asked.map(({ head }) => head).join(), /Authorization/i);
    await using open = clientOf('http://far.test/', { plaintextAuth: true }, through);
    await (await open.send(get)).discard();
    assert.equal(proxy.asked.at(-1)?.headers.get('authorization'), basic);
  });
});

test('cookies of one answer are told to the next request, and kept as lines', LIMIT, async () => {
  await using server = await peer(reply(200, '', { 'Set-Cookie': 'a=1; Path=/in; HttpOnly' }), reply(200));
  await using agent = clientOf(server.url);
  await (await agent.send(get)).discard();
  await (await agent.send({ ...get, url: '/in/side' })).discard();
  await (await agent.send({ ...get, url: '/inside' })).discard();
  assert.deepEqual(
    server.asked.map(({ headers }) => headers.get('cookie')),
    [undefined, 'a=1', undefined],
  );
  assert.match(await agent.cookies.save(), /\n#HttpOnly_127\.0\.0\.1\tFALSE\t\/in\tFALSE\t0\ta\t1\n$/);
});

describe('content codings', () => {
  const text = 'the same again. '.repeat(5000);
  const rows: readonly [string, Buffer][] = [
    ['gzip', gzipSync(text)],
    ['x-gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))],
    ['identity', Buffer.from(text)],
  ];
  for (const [coding, octets] of rows) {
    test(`${coding} (${octets.length} octets)`, LIMIT, async () => {
      await using server = await peer(reply(200, octets, { 'Content-Encoding': coding }));
      await using agent = clientOf(server.url);
      const response = await agent.send(get);
      assert.equal(await textOf(response), text);
      assert.equal(response.received(), octets.length);
      assert.equal(server.asked[0]?.headers.get('accept-encoding'), 'gzip, deflate, br');
      const raw = await agent.send({ ...get, raw: true });
      assert.equal(Buffer.byteLength(await textOf(raw)) > 0, true);
      assert.equal(server.asked[1]?.headers.get('accept-encoding'), 'identity');
    });
  }

  test('no content has no coding', LIMIT, async () => {
    await using server = await peer(reply(200, '', { 'Content-Encoding': 'gzip' }));
    await using agent = clientOf(server.url);
    assert.equal(await textOf(await agent.send(get)), '');
  });

  test('what is cut or is something else is an error, not a short success', LIMIT, async () => {
    for (const octets of [gzipSync(text).subarray(0, 100), Buffer.from('plain after all')]) {
      await using server = await peer(reply(200, octets, { 'Content-Encoding': 'gzip' }));
      await using agent = clientOf(server.url);
      await assert.rejects(textOf(await agent.send(get)), failing('CS_PEER_PROTOCOL', 8, /not gzip/));
    }
    await using server = await peer(reply(200, 'x', { 'Content-Encoding': 'zstd' }));
    await using agent = clientOf(server.url);
    await assert.rejects(agent.send(get), failing('CS_PEER_PROTOCOL', 8, /zstd/, /--raw/));
  });
});

describe('second tries', () => {
  test('a temporary refusal is waited out as long as the server says', LIMIT, async () => {
    await using server = await peer(
      reply(503, '', { 'Retry-After': '0' }),
      reply(429, '', { 'Retry-After': '0' }),
      reply(200, 'at last'),
    );
    await using agent = clientOf(server.url);
    const response = await agent.send({ ...get, retry: 2 });
    assert.equal(await textOf(response), 'at last');
    assert.deepEqual(
      response.hops.map(({ status, why }) => [status, why]),
      [
        [503, 'retry'],
        [429, 'retry'],
      ],
    );
  });

  test('not more often than asked, not for what is final, not what must not be done twice', LIMIT, async () => {
    for (const [method, status, retry, times] of [
      ['GET', 503, 1, 2],
      ['GET', 404, 3, 1],
      ['POST', 503, 3, 1],
      ['GET', 503, 0, 1],
    ] as const) {
      await using server = await peer(reply(status, '', { 'Retry-After': '0' }));
      await using agent = clientOf(server.url);
      const response = await agent.send({ method, retry });
      await response.discard();
      assert.deepEqual([response.status, server.asked.length], [status, times]);
    }
  });

  test('a server that asks for an hour is not asked again', LIMIT, async () => {
    await using server = await peer(reply(503, '', { 'Retry-After': '3600' }));
    await using agent = clientOf(server.url);
    const response = await agent.send({ ...get, retry: 5 });
    await response.discard();
    assert.deepEqual([response.status, server.asked.length], [503, 1]);
  });
});

test('an HTTP proxy is told the whole URL, and its login', LIMIT, async () => {
  await using proxy = await peer(reply(200, 'by proxy'));
  const by = parseProxy(`http://pam:p4ss@127.0.0.1:${proxy.port}`, { from: 'env' });
  await using agent = clientOf('http://far.test:8080/a?b', {}, { proxy: by });
  const response = await agent.send(get);
  assert.equal(await textOf(response), 'by proxy');
  const [asked] = proxy.asked;
  assert.equal(asked?.target, 'http://far.test:8080/a?b');
  assert.equal(asked?.headers.get('host'), 'far.test:8080');
  assert.equal(asked?.headers.get('proxy-authorization'), `Basic ${Buffer.from('pam:p4ss').toString('base64')}`);
});

test('which proxy it is depends on where a redirect leads', LIMIT, async () => {
  await using direct = await peer(reply(302, '', { Location: 'http://far.test/' }));
  await using proxy = await peer(reply(200, 'far'));
  const chosen = parseProxy(proxy.url, { from: 'env' });
  const byHost = ({ host }: { host: string }) => (host === 'far.test' ? chosen : undefined);
  await using agent = clientOf(direct.url, {}, { proxy: byHost });
  assert.equal(await textOf(await agent.send(get)), 'far');
  assert.equal(proxy.asked[0]?.target, 'http://far.test/');
});
