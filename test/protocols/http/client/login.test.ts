/** Challenges as servers write them, and answers by the examples of RFC 7616. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { challengesOf } from '../../../../src/protocols/http/client/challenge.ts';
import { DigestLogin, strongest } from '../../../../src/protocols/http/client/digest.ts';

const ROWS: readonly [string, string][] = [
  ['Basic realm="simple"', 'basic(realm=simple)'],
  ['Basic', 'basic()'],
  ['Basic realm=token, charset="UTF-8"', 'basic(realm=token,charset=UTF-8)'],
  ['Basic realm="a, b=\\"c\\""', 'basic(realm=a, b="c")'],
  ['Negotiate, Basic realm="x"', 'negotiate() basic(realm=x)'],
  ['Negotiate YIIabc==, Basic realm="x"', 'negotiate() basic(realm=x)'],
  [
    'Digest realm="r", nonce="n", qop="auth,auth-int", Basic realm="x"',
    'digest(realm=r,nonce=n,qop=auth,auth-int) basic(realm=x)',
  ],
  [
    'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
    'newauth(realm=apps,type=1,title=Login to "apps") basic(realm=simple)',
  ],
  ['Bearer error="invalid_token"', 'bearer(error=invalid_token)'],
  ['  basic   REALM = "x" ', 'basic(realm=x)'],
  ['"', ''],
  ['Basic realm="unclosed', 'basic()'],
  ['', ''],
];

describe('challenges', () => {
  for (const [line, says] of ROWS) {
    test(JSON.stringify(line), () => {
      const found = challengesOf([['WWW-Authenticate', line]]);
      const shown = found.map(
        ({ scheme, parameters }) => `${scheme}(${[...parameters].map((pair) => pair.join('=')).join(',')})`,
      );
      assert.equal(shown.join(' '), says);
    });
  }

  test('a long line costs no more than its length, and a bounded number of challenges', () => {
    assert.equal(challengesOf([['WWW-Authenticate', 'Basic a="b", '.repeat(100_000)]]).length, 10);
    assert.ok(challengesOf([['WWW-Authenticate', `Basic ${'a='.repeat(100_000)}`]]).length <= 10);
  });
});

describe('digest', () => {
  const both = challengesOf([
    [
      'WWW-Authenticate',
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    ],
    [
      'WWW-Authenticate',
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    ],
  ]);
  const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
  const responseOf = (text: string) => /response="([0-9a-f]+)"/.exec(text)?.[1];

  test('the example of RFC 7616 section 3.9.1', () => {
    const [md5, sha] = both;
    assert.equal(strongest(both), sha);
    const say = (challenge: typeof md5) =>
      challenge &&
      responseOf(new DigestLogin(challenge).answer('Mufasa', 'Circle of Life', 'GET', '/dir/index.html', cnonce));
    assert.equal(say(md5), '8ca523f5e9506fed4657c9700eebdbec');
    assert.equal(say(sha), '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  });

  test('the example of RFC 2617, and the form before it without qop', () => {
    const old = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
    const cases: readonly [string, string][] = [
      [`${old}, qop="auth"`, '6629fae49393a05397450978507c4ef1'],
      [old, '670fd8c2df070c60b045671b8b24ff02'],
    ];
    for (const [line, wanted] of cases) {
      const challenge = strongest(challengesOf([['WWW-Authenticate', line]]));
      assert.ok(challenge);
      const said = new DigestLogin(challenge).answer('Mufasa', 'Circle Of Life', 'GET', '/dir/index.html', '0a4f113b');
      assert.equal(responseOf(said), wanted);
    }
  });

  test('names are quoted or encoded, and hashed where that is wanted', () => {
    const [first] = challengesOf([
      ['WWW-Authenticate', 'Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256, userhash=true'],
    ]);
    assert.ok(first);
    assert.match(
      new DigestLogin(first).answer('ann', 'x', 'GET', '/'),
      /^Digest username="[0-9a-f]{64}".*userhash=true$/,
    );
    const [plain] = challengesOf([['WWW-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']]);
    assert.ok(plain);
    assert.match(new DigestLogin(plain).answer('a"b', 'x', 'GET', '/'), /username="a\\"b"/);
    assert.match(new DigestLogin(plain).answer('Jäsøn', 'x', 'GET', '/'), /username\*=UTF-8''J%C3%A4s%C3%B8n/);
  });

  test('what we cannot answer is not chosen', () => {
    for (const line of [
      'Digest realm="r", nonce="n", algorithm=SHA3',
      'Digest realm="r", nonce="n", qop="auth-int"',
      'Digest realm="r", qop="auth"',
    ]) {
      assert.equal(strongest(challengesOf([['WWW-Authenticate', line]])), undefined, line);
    }
  });
});
