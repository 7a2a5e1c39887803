import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOctets } from '../../../src/kit/spf/address.ts';
import { checkSpf } from '../../../src/kit/spf/check.ts';
import { expand, isDomainSpec } from '../../../src/kit/spf/macros.ts';
import { parseSpf } from '../../../src/kit/spf/record.ts';
import { fc } from '../../property.ts';
import { zone } from '../zones.ts';

/** RFC 7208 appendix A.1, and more. */
const ZONE = `
example.com A 192.0.2.10
example.com A 192.0.2.11
example.com MX 10 mail-a.example.com
example.com MX 20 mail-b.example.com
amy.example.com A 192.0.2.65
bob.example.com A 192.0.2.66
mail-a.example.com A 192.0.2.129
mail-b.example.com A 192.0.2.130
mail-b.example.com AAAA 2001:db8::25
example.org MX 10 mail-c.example.org
mail-c.example.org A 192.0.2.140
mary.mobile-users._spf.example.com A 127.0.0.2
15.2.0.192.in-addr._spf.example.com A 127.0.0.2
down.test SERVFAIL
empty.test TXT hello
two.test TXT "v=spf1 -all"
two.test TXT "v=spf1 +all"
yes.test TXT "v=spf1 +all"
no.test TXT "v=spf1 -all"
broken.test TXT "v=spf1 ip4:1.2.3.4.5"
loop.test TXT "v=spf1 include:loop.test -all"
`;

const ask = async (record: string, address = '192.0.2.1', mailFrom = 'mary@example.com') => {
  const { result } = await checkSpf(
    { address, helo: 'helo.test', mailFrom },
    zone(`${ZONE}\nexample.com TXT "${record}"`),
  );
  return result;
};

test('the records of RFC 7208 appendix A.1', async () => {
  for (const [record, passes, fails] of [
    ['v=spf1 +all', ['1.2.3.4', '2001:db8::1'], []],
    ['v=spf1 a -all', ['192.0.2.10', '192.0.2.11'], ['192.0.2.12']],
    ['v=spf1 a:example.org -all', [], ['192.0.2.10', '192.0.2.140']],
    ['v=spf1 mx -all', ['192.0.2.129', '192.0.2.130'], ['192.0.2.10']],
    ['v=spf1 mx:example.org -all', ['192.0.2.140'], ['192.0.2.129']],
    ['v=spf1 mx mx:example.org -all', ['192.0.2.129', '192.0.2.130', '192.0.2.140'], ['192.0.2.131']],
    ['v=spf1 mx/30 mx:example.org/30 -all', ['192.0.2.128', '192.0.2.131', '192.0.2.143'], ['192.0.2.132']],
    ['v=spf1 ptr -all', [], ['192.0.2.10', '192.0.2.65']],
    ['v=spf1 ip4:192.0.2.128/28 -all', ['192.0.2.129', '192.0.2.143'], ['192.0.2.65', '192.0.2.144']],
  ] as const) {
    for (const address of passes) assert.equal(await ask(record, address), 'pass', `${record} ${address}`);
    for (const address of fails) assert.equal(await ask(record, address), 'fail', `${record} ${address}`);
  }
});

test('IPv6, IPv4 within IPv6, and networks by bits', async () => {
  assert.equal(await ask('v=spf1 ip6:2001:db8::/33 -all', '2001:db8:7fff::1'), 'pass');
  assert.equal(await ask('v=spf1 ip6:2001:db8::/33 -all', '2001:db8:8000::1'), 'fail');
  assert.equal(await ask('v=spf1 mx//64 -all', '2001:db8::9:1'), 'pass');
  assert.equal(await ask('v=spf1 mx//64 -all', '2001:db8:0:1::1'), 'fail');
  assert.equal(await ask('v=spf1 ip4:0.0.0.0/0 -all', '2001:db8::1'), 'fail');
  assert.equal(await ask('v=spf1 ip4:0.0.0.0/0 -all', '::ffff:9.9.9.9'), 'pass');
  assert.deepEqual([...addressOctets('::ffff:192.0.2.3')!], [192, 0, 2, 3]);
  assert.deepEqual(addressOctets('1::2')?.length, 16);
  assert.equal(addressOctets('fe80::1%eth0'), undefined);
});

test('qualifiers, include, redirect, exists, the end', async () => {
  for (const [record, result] of [
    ['v=spf1', 'neutral'],
    ['v=spf1 ~all', 'softfail'],
    ['V=SPF1 ?ALL', 'neutral'],
    ['v=spf1 include:yes.test -all', 'pass'],
    ['v=spf1 ~include:yes.test -all', 'softfail'],
    ['v=spf1 include:no.test ?all', 'neutral'],
    ['v=spf1 include:nowhere.test -all', 'permerror'],
    ['v=spf1 include:empty.test -all', 'permerror'],
    ['v=spf1 include:two.test -all', 'permerror'],
    ['v=spf1 include:broken.test -all', 'permerror'],
    ['v=spf1 include:down.test -all', 'temperror'],
    ['v=spf1 a:down.test -all', 'temperror'],
    ['v=spf1 redirect=yes.test', 'pass'],
    ['v=spf1 redirect=no.test exp=why.test', 'fail'],
    ['v=spf1 -all redirect=yes.test', 'fail'],
    ['v=spf1 redirect=nowhere.test', 'permerror'],
    ['v=spf1 exists:%{l}.mobile-users._spf.%{d} -all', 'pass'],
    ['v=spf1 exists:bob.mobile-users._spf.%{d} -all', 'fail'],
    ['v=spf1 unknown=%{d} +all', 'pass'],
    ['v=spf1 a:n.1a a:b.x. -all', 'fail'],
  ] as const) {
    assert.equal(await ask(record), result, record);
  }
  assert.equal(await ask('v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all', '192.0.2.15'), 'pass');
});

test('what is no SPF record is a permanent error, before anything is asked', async () => {
  for (const record of [
    ...['al', 'all:x', 'all/24', 'ip4', 'ip4:1.2.3', 'ip4:1.2.3.4/33', 'ip4:1.2.3.4/08', 'ip6:1.2.3.4', 'ip6:::1/129'],
    ...[
      'include',
      'include:',
      'exists',
      'a:',
      'a:/24',
      'a/33',
      'a//129',
      'mx:b.test//',
      'a:b.test/1/2',
      'a:123',
      'a:b.9',
    ],
    ...[
      'a:%b.test',
      'a:%{x}.test',
      'a:%{d0}.test',
      'a:%{c}.test',
      'a:%{d',
      'include:-',
      'a:b.test-',
      'redirect=',
      'redirect=a.test redirect=b.test',
    ],
    ...['exp=a.test exp=b.test', '=x', '+-all', 'a=b c'],
  ]) {
    assert.equal(parseSpf(`v=spf1 ${record}`), undefined, record);
    assert.equal(await ask(`v=spf1 +all ${record}`), 'permerror', record);
  }
});

test('at most ten terms that ask, two names that are not there, ten exchanges', async () => {
  assert.equal(await ask('v=spf1 include:loop.test -all'), 'permerror');
  const times = (count: number, term: string) => new Array<string>(count).fill(term).join(' ');
  assert.equal(await ask(`v=spf1 ${times(10, 'a')} -all`), 'fail');
  assert.equal(await ask(`v=spf1 ${times(11, 'a')} -all`), 'permerror');
  assert.equal(await ask(`v=spf1 ${times(11, 'ptr')} -all`), 'permerror');
  assert.equal(await ask(`v=spf1 ${times(40, 'ip4:1.2.3.4')} -all`), 'fail');
  assert.equal(await ask('v=spf1 a:n1.test exists:n2.test -all'), 'fail');
  assert.equal(await ask('v=spf1 a:n1.test exists:n2.test mx:n3.test -all'), 'permerror');
  const many = Array.from({ length: 11 }, (_, index) => `many.test MX ${index} amy.example.com`).join('\n');
  const names = zone(`${ZONE}\n${many}\nx.test TXT "v=spf1 mx:many.test -all"`);
  assert.equal((await checkSpf({ address: '1.2.3.4', helo: '', mailFrom: 'a@x.test' }, names)).result, 'permerror');
});

test('who is asked about: MAIL FROM, or HELO where it is empty', async () => {
  const names = zone(ZONE);
  const about = (mailFrom: string, helo: string, address = '1.2.3.4') => checkSpf({ mailFrom, helo, address }, names);
  assert.deepEqual(await about('a@Yes.Test', 'no.test'), { result: 'pass', domain: 'yes.test', of: 'mailfrom' });
  assert.deepEqual(await about('', 'no.test.'), { result: 'fail', domain: 'no.test', of: 'helo' });
  assert.equal((await about('a@localhost', '')).result, 'none');
  assert.equal((await about('a@a..b', '')).result, 'none');
  assert.equal((await about('a@nowhere.test', '')).result, 'none');
  assert.equal((await about('a@down.test', '')).result, 'temperror');
  assert.equal((await about('a@two.test', '')).result, 'permerror');
  assert.equal((await about('a@yes.test', '', '/run/socket')).result, 'none');
});

test('the macros of RFC 7208 section 7.4', () => {
  const facts = (address: string) => ({
    sender: 'strong-bad@email.example.com',
    helo: 'mx.example.org',
    address: addressOctets(address)!,
  });
  for (const [macro, text] of [
    ['%{s}', 'strong-bad@email.example.com'],
    ['%{o}', 'email.example.com'],
    ['%{d}', 'email.example.com'],
    ['%{d4}', 'email.example.com'],
    ['%{d3}', 'email.example.com'],
    ['%{d2}', 'example.com'],
    ['%{dr}', 'com.example.email'],
    ['%{d2r}', 'example.email'],
    ['%{l}.x', 'strong-bad.x'],
    ['%{l-}.x', 'strong.bad.x'],
    ['%{lr}.x', 'strong-bad.x'],
    ['%{lr-}.x', 'bad.strong.x'],
    ['%{l1r-}.x', 'strong.x'],
    ['%{h}', 'mx.example.org'],
    ['%{p}.x', 'unknown.x'],
    ['%{S}', 'strong-bad%40email.example.com'],
    ['%{ir}.%{v}._spf.%{d2}', '3.2.0.192.in-addr._spf.example.com'],
    ['%{lr-}.lp.%{ir}.%{v}._spf.%{d2}', 'bad.strong.lp.3.2.0.192.in-addr._spf.example.com'],
    ['a%%b%_c%-d.x', 'a%b c%20d.x'],
  ] as const) {
    assert.ok(isDomainSpec(macro), macro);
    assert.equal(expand(macro, 'email.example.com', facts('192.0.2.3')), text, macro);
  }
  assert.equal(expand('%{d1}', 'email.example.com', facts('192.0.2.3')), undefined, 'one label is no domain');
  assert.equal(
    expand('%{ir}.%{v}._spf.%{d2}', 'email.example.com', facts('2001:db8::cb01')),
    '1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com',
  );
  const long = expand(`${'abcdefghi.'.repeat(40)}test`, 'x.test', facts('192.0.2.3'));
  assert.equal(long, `${'abcdefghi.'.repeat(24)}test`);
  assert.equal(expand('%{l}.x', 'x.test', { ...facts('1.1.1.1'), sender: `${'a'.repeat(64)}@x.test` }), undefined);
});

test('any record: a result, never an error', async () => {
  const word = fc.oneof(
    fc.constantFrom(
      'a',
      'mx',
      'include:',
      'exists:',
      '%{ir}',
      '%{',
      '/',
      '//',
      ':',
      '=',
      'redirect=',
      'example.com',
      ' ',
      '-all',
      'ip6:',
    ),
    fc.stringMatching(/^[ !#-[\]-~]{0,5}$/),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word), async (words) => {
      assert.match(await ask(`v=spf1 ${words.join('')}`), /^(?:pass|fail|softfail|neutral|temperror|permerror)$/);
    }),
  );
});
