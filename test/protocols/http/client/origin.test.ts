import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTarget, type Schemes } from '../../../../src/net/target.ts';
import { urlAt, urlOf } from '../../../../src/protocols/http/client/origin.ts';

const schemes: Schemes = {
  http: { standard: 80, dev: 8080, tls: 'none', protocol: 'http', opaque: true },
  https: { standard: 443, dev: 8443, tls: 'implicit', protocol: 'http', opaque: true },
};

const ROWS: readonly (readonly [string, string])[] = [
  ['http://a.test//evil.test/x', 'http://a.test//evil.test/x'],
  ['http://a.test:81///evil.test', 'http://a.test:81///evil.test'],
  ['https://[::1]/x?y=//z', 'https://[::1]/x?y=//z'],
  ['https://ann@a.test', 'https://a.test/'],
];
for (const [text, url] of ROWS) {
  test(`the path never names another server: ${text}`, () => {
    assert.equal(urlOf(parseTarget(text, schemes, { from: 'env' })).href, url);
  });
}

test('a path at a server stays at that server', () => {
  const base = new URL('http://a.test/x/y');
  assert.equal(urlAt(base, '//evil.test/z').host, 'a.test');
  assert.equal(urlAt(base, '/z?q=1').href, 'http://a.test/z?q=1');
  assert.equal(urlAt(base, 'z').href, 'http://a.test/x/z');
  assert.equal(urlAt(base, 'http://b.test/').href, 'http://b.test/');
});
