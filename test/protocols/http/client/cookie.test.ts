import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CookieJar } from '../../../../src/protocols/http/client/cookie-jar.ts';

const NOW = Date.UTC(2026, 0, 2);

/** @param set what `from` sets @param told what is told to `to` then */
interface Row {
  readonly name: string;
  readonly from?: string;
  readonly set: string | readonly string[];
  readonly to?: string;
  readonly told: string;
  /** Milliseconds between the two. */
  readonly later?: number;
}

const HOME = 'https://www.shop.test/a/b?q';

const ROWS: readonly Row[] = [
  { name: 'to its own host', set: 'a=1', told: 'a=1' },
  { name: 'not to a name below its host', set: 'a=1', to: 'https://x.www.shop.test/a/', told: '' },
  { name: 'not to its sibling', set: 'a=1', to: 'https://api.shop.test/a/', told: '' },
  { name: 'of a domain to its sibling', set: 'a=1; Domain=shop.test', to: 'https://api.shop.test/a/b', told: 'a=1' },
  { name: 'of a domain with a dot', set: 'a=1; Domain=.SHOP.test', to: 'https://shop.test/a/b', told: 'a=1' },
  { name: 'of a domain that only ends alike', set: 'a=1; Domain=shop.test', to: 'https://myshop.test/a/', told: '' },
  { name: 'for a stranger is refused', set: 'a=1; Domain=bank.test', to: 'https://bank.test/', told: '' },
  { name: 'for a top domain is refused', set: 'a=1; Domain=test', told: '' },
  {
    name: 'for a registry is refused',
    from: 'https://a.co.uk/',
    set: 'a=1; Domain=co.uk',
    to: 'https://a.co.uk/',
    told: '',
  },
  {
    name: 'of an address is of that address',
    from: 'https://192.0.2.7/',
    set: 'a=1; Domain=192.0.2.7',
    to: 'https://192.0.2.7/',
    told: 'a=1',
  },
  {
    name: 'for the end of an address is refused',
    from: 'https://192.0.2.7/',
    set: 'a=1; Domain=2.7',
    to: 'https://192.0.2.7/',
    told: '',
  },
  { name: 'below the path of its request', set: 'a=1', to: 'https://www.shop.test/a/c/d', told: 'a=1' },
  { name: 'not beside it', set: 'a=1', to: 'https://www.shop.test/ab', told: '' },
  { name: 'below the path it names', set: 'a=1; Path=/x', to: 'https://www.shop.test/x/y', told: 'a=1' },
  {
    name: 'not where that is only the beginning of a name',
    set: 'a=1; Path=/x',
    to: 'https://www.shop.test/xy',
    told: '',
  },
  {
    name: 'a path that is none is that of the request',
    set: 'a=1; Path=x',
    to: 'https://www.shop.test/a/',
    told: 'a=1',
  },
  { name: 'Secure does not go into clear text', set: 'a=1; Secure', to: 'http://www.shop.test/a/', told: '' },
  {
    name: 'Secure goes to this machine',
    from: 'http://localhost/',
    set: 'a=1; Secure',
    to: 'http://localhost/',
    told: 'a=1',
  },
  { name: 'Secure is not taken from clear text', from: 'http://www.shop.test/a/', set: 'a=1; Secure', told: '' },
  { name: 'gone with its age', set: 'a=1; Max-Age=60', later: 61_000, told: '' },
  { name: 'there before that', set: 'a=1; Max-Age=60', later: 59_000, told: 'a=1' },
  { name: 'Max-Age before Expires', set: 'a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', told: 'a=1' },
  { name: 'removed by a date that is past', set: ['a=1', 'a=; Expires=Thu, 01-Jan-1970 00:00:00 GMT'], told: '' },
  { name: 'removed by an age of nothing', set: ['a=1', 'b=2', 'a=x; Max-Age=0'], told: 'b=2' },
  { name: 'replaced by its own name', set: ['a=1', 'a=2'], told: 'a=2' },
  { name: 'the longer path first', set: ['a=1; Path=/', 'b=2; Path=/a'], told: 'b=2; a=1' },
  { name: 'a value with = and spaces', set: 'a = b=c ', told: 'a=b=c' },
  { name: 'an empty value', set: 'a=', told: 'a=' },
  { name: 'no name', set: '=b', told: '' },
  { name: 'no =', set: 'b', told: '' },
  { name: 'a name of prototypes', set: '__proto__=1', told: '__proto__=1' },
  { name: '__Secure- without Secure', set: '__Secure-a=1', told: '' },
  { name: '__Host- with a domain', set: '__Host-a=1; Secure; Path=/; Domain=shop.test', told: '' },
  { name: '__Host- as it should be', set: '__Host-a=1; Secure; Path=/', told: '__Host-a=1' },
  { name: 'too long', set: `a=${'x'.repeat(5000)}`, told: '' },
];

describe('cookies', () => {
  for (const { name, from = HOME, set, to = HOME, told, later = 0 } of ROWS) {
    test(name, () => {
      const jar = new CookieJar();
      for (const line of [set].flat()) jar.take([['Set-Cookie', line]], new URL(from), NOW);
      assert.equal(jar.fields(new URL(to), NOW + later)[0]?.[1] ?? '', told);
    });
  }

  test('clear text does not overwrite what came over TLS', () => {
    const jar = new CookieJar();
    jar.take([['Set-Cookie', 'a=safe; Secure; Path=/']], new URL(HOME), NOW);
    jar.take([['Set-Cookie', 'a=forged; Path=/']], new URL('http://www.shop.test/'), NOW);
    assert.equal(jar.fields(new URL(HOME), NOW)[0]?.[1], 'a=safe');
  });

  test('the oldest go when there are too many', () => {
    const jar = new CookieJar();
    for (let n = 0; n < 60; n++) jar.take([['Set-Cookie', `c${n}=x`]], new URL(HOME), NOW);
    const told = jar.fields(new URL(HOME), NOW)[0]?.[1]?.split('; ') ?? [];
    assert.equal(told.length, 50);
    assert.equal(told[0], 'c10=x');
  });

  test('a file of cookies says the same as the jar did', () => {
    const jar = new CookieJar();
    const lines = ['a=1; Domain=shop.test; Path=/', 'b=2; Secure; HttpOnly; Max-Age=60', 'c=; Path=/x'];
    for (const line of lines) jar.take([['Set-Cookie', line]], new URL(HOME), NOW);
    const saved = jar.save(NOW);
    const again = new CookieJar();
    again.load(saved);
    assert.equal(again.save(NOW), saved);
    for (const url of [HOME, 'https://api.shop.test/', 'https://www.shop.test/x', 'http://www.shop.test/a/']) {
      assert.deepEqual(again.fields(new URL(url), NOW), jar.fields(new URL(url), NOW));
    }
    again.load('nonsense\nx\ty\tz\n# Comment\n.short.test\tTRUE\t/\tFALSE\tnever\tn\tv\n');
    assert.equal(again.save(NOW), saved);
  });
});
