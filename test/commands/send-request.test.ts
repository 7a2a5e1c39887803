/** `cs send request`, from argv to its exit code, against servers that say what they are told to. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parseExpectation } from '../../src/commands/send-request/expect.ts';
import { parseItem } from '../../src/commands/send-request/items.ts';
import { jsonObject } from '../../src/commands/send-request/json-object.ts';
import type { ExchangeResponse, FieldLines } from '../../src/contracts/exchange.ts';
import { CS, sh } from '../interop/server.ts';
import { type Answer, peer, reply } from '../protocols/http/client/peer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-send-request-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const LIMIT = { timeout: 60_000 };
const file = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

const env = { XDG_CONFIG_HOME: scratch, XDG_RUNTIME_DIR: scratch, HOME: scratch, NETRC: '' };
const cs = (args: readonly string[], how: { input?: string; env?: NodeJS.ProcessEnv } = {}) =>
  sh(process.execPath, [CS, 'send', 'request', ...args], { ...how, env: { ...env, ...how.env } });

const json = (text: string, status = 200) => reply(status, text, { 'Content-Type': 'application/json' });

describe('exit codes of surface.md section 5', () => {
  const rows: readonly [string, Answer, number, RegExp][] = [
    ['200', reply(200, 'fine'), 0, /^$/],
    ['404', reply(404, 'no such page', { 'Content-Type': 'text/plain' }), 11, /404 Word\nreply: no such page\n/],
    ['410', reply(410), 11, /410/],
    ['401 without a login', reply(401), 4, /hint: {2}--user/],
    ['403 without a login', reply(403), 9, /403/],
    ['400', reply(400), 9, /400/],
    ['429', reply(429, '', { 'Retry-After': '7' }), 10, /again in 7 s/],
    ['503', reply(503), 10, /503/],
    ['what is no HTTP', '220 mail.test ESMTP\r\n', 8, /not HTTP/],
    ['a cut answer', (socket) => socket.end('HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nshort'), 7, /hung up/],
    ['an answer that does not come', () => {}, 124, /time|answer/],
  ];
  for (const [name, answer, code, said] of rows) {
    test(`${name}: ${code}`, LIMIT, async () => {
      await using server = await peer(answer);
      const ran = await cs([server.url, '--timeout', code === 124 ? '1s' : '30s']);
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, said);
      if (code !== 0 && code !== 7) assert.equal(ran.stdout, '');
    });
  }

  test('a rejected login: 4, with 401 and with 403', LIMIT, async () => {
    const password = file('password', 'wonderland\n');
    for (const status of [401, 403]) {
      await using server = await peer(reply(status, '', { 'WWW-Authenticate': 'Basic realm="x"' }));
      const ran = await cs([server.url, '--user', 'ann', '--password-file', password, '--auth', 'basic', '-vv']);
      assert.equal(ran.code, 4, ran.stderr);
      assert.equal(
        server.asked[0]?.headers.get('authorization'),
        `Basic ${Buffer.from('ann:wonderland').toString('base64')}`,
      );
      assert.doesNotMatch(ran.stderr, /wonderland|YW5uOndvbmRlcmxhbmQ/);
    }
  });

  test('nobody there: 7; no such name: 6; no HTTP URL: 2', LIMIT, async () => {
    assert.equal((await cs(['http://127.0.0.1:1/'])).code, 7);
    assert.equal((await cs(['http://nowhere.invalid/'])).code, 6);
    assert.equal((await cs(['pop3://127.0.0.1/'])).code, 2);
    assert.equal((await cs(['GET'])).code, 2);
  });
});

describe('what is sent', () => {
  const rows: readonly [string, readonly string[], string, RegExp, string][] = [
    ['GET', ['URLx?a=b', 'c==d e', 'X-Mine:yes'], 'GET /x?a=b&c=d%20e', /X-Mine: yes/, ''],
    [
      'a JSON object',
      ['URL', 'name=Ann', 'admin:=true', 'tags[]=a', 'tags[]=b', 'at[x]=1'],
      'POST /',
      /Content-Type: application\/json/,
      '{"name":"Ann","admin":true,"tags":["a","b"],"at":{"x":"1"}}',
    ],
    ['a form', ['-f', 'put', 'URL', 'a=1 2', 'b=&'], 'PUT /', /x-www-form-urlencoded/, 'a=1+2&b=%26'],
    ['a text', ['PATCH', 'URL', '--data', 'hello'], 'PATCH /', /text\/plain/, 'hello'],
    ['JSON as it is', ['URL', '-d', '[1]', 'Accept:text/x'], 'POST /', /Accept: text\/x/, '[1]'],
  ];
  for (const [name, args, line, head, content] of rows) {
    test(name, LIMIT, async () => {
      await using server = await peer(reply(200));
      const ran = await cs(args.map((word) => word.replace('URL', server.url)));
      assert.equal(ran.code, 0, ran.stderr);
      const [asked] = server.asked;
      assert.equal(`${asked?.method} ${asked?.target}`, line);
      assert.match(asked?.head ?? '', head);
      assert.equal(asked?.body, content);
    });
  }

  test('a file, stdin, and a multipart form with both kinds of parts', LIMIT, async () => {
    const path = file('up"load.txt', 'from a file');
    await using server = await peer(reply(200));
    assert.equal((await cs(['PUT', server.url, '--data', `@${path}`])).code, 0);
    assert.equal((await cs(['PUT', server.url, '--data', '-'], { input: 'from stdin' })).code, 0);
    assert.equal((await cs([server.url, 'title=x', `part@${path};type=text/x`])).code, 0);
    const [one, two, three] = server.asked;
    assert.deepEqual([one?.body, one?.headers.get('content-length')], ['from a file', '11']);
    assert.equal(two?.body, 'from stdin');
    assert.match(
      three?.body ?? '',
      /name="title"\r\n\r\nx\r\n--.*name="part"; filename="up%22load\.txt"\r\nContent-Type: text\/x\r\n\r\nfrom a file\r\n/s,
    );
    assert.equal((await cs(['PUT', server.url, '--data', `@${scratch}/none`])).code, 13);
  });

  test('CL-07 line breaks in what the user wrote: exit 2, nothing connected', LIMIT, async () => {
    await using server = await peer(reply(200));
    const rows = [['X:a\r\nY:b'], ['--header', 'X: a\nb'], ['--header', 'X\r\nY: b']];
    for (const args of rows) assert.equal((await cs([server.url, ...args])).code, 2);
    assert.equal((await cs([`${server.url}a\r\nb`])).code, 2);
    assert.equal(server.sockets.length, 0);
  });

  test('a secret in a header is not taken from argv for another machine; a file is', LIMIT, async () => {
    const ran = await cs(['http://far.test/', 'Authorization:Bearer abc']);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /Authorization as an argument.*\n.*@FILE/);
    await using server = await peer(reply(200));
    const said = await cs([server.url, `X-Api-Key:@${file('key', 'sesame-open\n')}`, '-vv']);
    assert.equal(server.asked[0]?.headers.get('x-api-key'), 'sesame-open');
    assert.doesNotMatch(said.stderr, /sesame/);
  });
});

describe('what is expected', () => {
  test('met: 0; not met: 1, with what was found; a report of each', LIMIT, async () => {
    await using server = await peer(json('{"id":7,"list":[{"n":"x"}],"__proto__":1}', 201));
    const expect = (...what: string[]) => what.flatMap((one) => ['--expect', one]);
    const met = await cs([
      server.url,
      ...expect(
        'status=201',
        'status=2xx',
        'json:.id=7',
        'json:.list[0].n=x',
        'json:.list',
        'header:Content-Type~/json$/',
        'body~/"id"/',
        'time<60s',
      ),
    ]);
    assert.equal(met.code, 0, met.stderr);
    assert.match(met.stdout, /"id":7/);
    const report = join(scratch, 'report.xml');
    const unmet = await cs([
      server.url,
      ...expect('status=200', 'json:.id=8', 'json:.none', 'header:X-None', 'body~/nothing/'),
      '--report',
      `junit=${report}`,
    ]);
    assert.equal(unmet.code, 1);
    assert.equal(unmet.stdout, '');
    for (const said of [
      /status=200: it was 201/,
      /json:\.id=8: it was 7/,
      /json:\.none: it was there is none|json:\.none/,
      /header:X-None/,
      /body~\/nothing\//,
    ])
      assert.match(unmet.stderr, said);
    assert.match(readFileSync(report, 'utf8'), /tests="5" failures="5"/);
  });

  test('a status that is expected is no failure, and --any-status expects them all', LIMIT, async () => {
    await using server = await peer(reply(404, 'gone fishing'));
    for (const args of [['--expect', 'status=404'], ['--any-status']]) {
      const ran = await cs([server.url, ...args]);
      assert.deepEqual([ran.code, ran.stdout], [0, 'gone fishing']);
    }
  });

  const answer = (headers: FieldLines, body: string) => ({
    response: { status: 200, headers } as unknown as ExchangeResponse,
    body,
    ms: 100,
  });
  const rows: readonly [string, string | undefined][] = [
    ['json:.a=1', undefined],
    ['json:.a="1"', '1'],
    ['json:.a!=1', '1'],
    ['json:.b=text', undefined],
    ['json:.c={"x":[1,2]}', undefined],
    ['json:.c={"x":[2,1]}', '{"x":[1,2]}'],
    ['json:.a>0', undefined],
    ['json:.a<1', '1'],
    ['json:.d=null', undefined],
    ['json:.constructor', 'there is none'],
    ['json:.b~/^te/', undefined],
    ['header:x=1', undefined],
    ['header:X=2', '1'],
    ['status!=404', undefined],
    ['status=404,2xx', undefined],
    ['time>50ms', undefined],
    ['time<50ms', '100 ms'],
  ];
  for (const [written, found] of rows) {
    test(written, () => {
      const body = '{"a":1,"b":"text","c":{"x":[1,2]},"d":null}';
      assert.equal(parseExpectation(written).check(answer([['X', '1']], body)), found);
    });
  }
  for (const written of ['', 'status', 'status=abc', 'body', 'json', 'time=5', 'colour=red', 'json:.a<b']) {
    test(`not an expectation: ${JSON.stringify(written)}`, () => {
      assert.throws(() => parseExpectation(written), { code: 'CS_USAGE' });
    });
  }
});

describe('items', () => {
  const rows: readonly [string, unknown][] = [
    ['a:b', { kind: 'header', name: 'a', value: 'b' }],
    ['a==b', { kind: 'query', name: 'a', value: 'b' }],
    ['a=b=c:d', { kind: 'field', name: 'a', value: 'b=c:d' }],
    ['a:={"b":[1]}', { kind: 'json', name: 'a', value: { b: [1] } }],
    ['a\\:b=c', { kind: 'field', name: 'a:b', value: 'c' }],
    ['a@f.txt;type=text/x', { kind: 'file', name: 'a', file: 'f.txt', type: 'text/x' }],
  ];
  for (const [text, item] of rows) test(text, () => assert.deepEqual(parseItem(text), item));
  for (const text of ['plain', '=x', ':x', 'a:=no', 'a@']) {
    test(`refused: ${text}`, () => assert.throws(() => parseItem(text), { code: 'CS_USAGE' }));
  }

  test('paths in names', () => {
    const say = (...items: [string, unknown][]) => JSON.stringify(jsonObject(items as never));
    assert.equal(say(['a[b][]', 1], ['a[b][]', 2], ['c[0][d]', 3]), '{"a":{"b":[1,2]},"c":[{"d":3}]}');
    assert.equal(say(['__proto__[x]', 1]), '{"__proto__":{"x":1}}');
    assert.equal(({} as { x?: number }).x, undefined);
    for (const items of [
      [
        ['a', 1],
        ['a', 2],
      ],
      [
        ['a', 1],
        ['a[b]', 2],
      ],
      [
        ['a[]', 1],
        ['a[9]', 2],
      ],
    ] as [string, number][][])
      assert.throws(() => say(...items), { code: 'CS_USAGE' });
  });
});

describe('what is shown', () => {
  test('one object: the answer, the way to it, no secret', LIMIT, async () => {
    await using server = await peer(
      reply(302, '', { Location: '/there', 'Set-Cookie': 'sid=verysecret; Path=/' }),
      json('{"ok":true}'),
    );
    const ran = await cs([`${server.url}?token=topsecret`, '--json']);
    assert.equal(ran.code, 0, ran.stderr);
    const said = JSON.parse(ran.stdout);
    assert.deepEqual(
      [said.schema, said.status, said.http, said.body, said.size],
      ['cs.send_request/1', 200, '1.1', { ok: true }, 11],
    );
    assert.deepEqual(said.hops, [{ method: 'GET', url: `${server.url}?token=***`, status: 302, why: 'redirect' }]);
    assert.deepEqual(Object.keys(said.timings), ['name_ms', 'connect_ms', 'tls_ms', 'first_octet_ms', 'total_ms']);
    const plain = await cs([`${server.url}`, '--pick', 'body.ok']);
    assert.equal(plain.stdout, 'true\n');
  });

  test('-v tells the head and the times, never a cookie; -i puts the head before the content', LIMIT, async () => {
    await using server = await peer(reply(200, 'text', { 'Set-Cookie': 'sid=verysecret' }));
    const ran = await cs([server.url, '-v', '-i']);
    assert.match(ran.stderr, /HTTP\/1\.1 200 Word[\s\S]*Set-Cookie: sid=\*\*\*[\s\S]*first octet/);
    assert.match(ran.stdout, /^HTTP\/1\.1 200 Word\n[\s\S]*\n\ntext$/);
    assert.doesNotMatch(ran.stdout + ran.stderr, /verysecret/);
    assert.doesNotMatch((await cs([server.url, '-vv'])).stderr, /verysecret/);
  });

  test('CL-09 what a server says cannot steer a terminal or a CI system', LIMIT, async () => {
    const nasty = '\u001b]52;c;eA==\u0007\n::error::owned\n\u202e';
    await using server = await peer(reply(500, nasty, { 'Content-Type': 'text/plain' }));
    const ran = await cs([server.url], { env: { GITHUB_ACTIONS: 'true' } });
    assert.equal(ran.code, 10);
    assert.doesNotMatch(ran.stderr, /\u001b|\u0007|\u202e|^::/m);
  });

  test('cookies of one run are there in the next, in a file of this user', LIMIT, async () => {
    const jar = join(scratch, 'jar');
    await using server = await peer(reply(200, '', { 'Set-Cookie': 'a=1; Path=/' }), reply(200));
    await cs([server.url, '--cookie-jar', jar]);
    await cs([server.url, '--cookie-jar', jar]);
    assert.equal(server.asked[1]?.headers.get('cookie'), 'a=1');
    assert.equal(statSync(jar).mode & 0o777, 0o600);
  });

  test('names from the environment: a proxy, and whom to leave out', LIMIT, async () => {
    await using proxy = await peer(reply(200, 'by proxy'));
    const by = { http_proxy: proxy.url };
    assert.equal((await cs(['http://far.test/x'], { env: by })).stdout, 'by proxy');
    assert.equal(proxy.asked[0]?.target, 'http://far.test/x');
    assert.equal((await cs(['http://nowhere.invalid/'], { env: { ...by, no_proxy: '.invalid' } })).code, 6);
  });
});
