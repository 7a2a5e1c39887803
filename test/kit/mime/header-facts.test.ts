import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWords } from '../../../src/kit/mime/encoded-words.ts';
import { HEADER_LIMIT, headerFacts } from '../../../src/kit/mime/header-facts.ts';
import { fc } from '../../property.ts';

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const WORDS: readonly (readonly [written: string, read: string])[] = [
  ['plain', 'plain'],
  ['=?utf-8?q?gr=C3=BC=C3=9Fe?=', 'grüße'],
  ['=?UTF-8?B?w6Q=?=', 'ä'],
  ['=?utf-8*de?Q?a_b?=', 'a b'],
  ['=?iso-8859-1?q?=E4?= and =?koi8-r?b?8NLJ18XU?=', 'ä and Привет'],
  ['=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=', '日本'],
  ['=?utf-8?q?a?= =?utf-8?q?b?=', 'ab'],
  ['=?utf-8?b?w6Q=?= x =?utf-8?b?w7Y=?=', 'ä x ö'],
  ['=?utf-8?q?=C3?= =?utf-8?q?=A4?=', 'ä'],
  ['=?no-such-charset?q?=E4?=', 'ä'],
  ['=?utf-8?x?abc?=', '=?utf-8?x?abc?='],
  ['=?utf-8?q?open', '=?utf-8?q?open'],
  [latin1('räw'), 'räw'],
  ['r\u00e4w', 'räw'],
];

for (const [written, read] of WORDS) {
  test(`an encoded word reads as meant: ${JSON.stringify(written)}`, () => assert.equal(decodeWords(written), read));
}

test('the pass over a header knows folding, groups of commas, and where the header ends', () => {
  const facts = headerFacts(
    Buffer.from(
      'X: 1\r\nSUBJECT : a\r\n\t b\r\nto: "x, y" <a@x>, (c, d) e@x,\r\n f@x\r\nTo: g@x\r\nfrom:me@x\r\nSubject: second\r\n' +
        '\r\nDate: not a header\r\n',
    ),
  );
  assert.deepEqual(facts, {
    from: 'me@x',
    to: ['"x, y" <a@x>', '(c, d) e@x', 'f@x', 'g@x'],
    subject: 'a\t b',
    messageId: '',
    date: '',
  });
});

test('a group stands for its members, wherever it is in the list', () => {
  const to = (list: string) => headerFacts(Buffer.from(`To: ${list}\r\n\r\n`)).to;
  assert.deepEqual(to('Friends: "A, B" <a@x>, b@y;, Others:;, c@z'), ['"A, B" <a@x>', 'b@y', 'c@z']);
  assert.deepEqual(to('undisclosed-recipients:;'), []);
  assert.deepEqual(to('a@[IPv6:::1], Re: b <b@y>'), ['a@[IPv6:::1]', 'Re: b <b@y>']);
});

test('a message without header, or of bare line feeds, is read as far as it goes', () => {
  assert.equal(headerFacts(Buffer.from('\r\nSubject: body\r\n')).subject, '');
  assert.equal(headerFacts(Buffer.from('Subject: x\n\nTo: body\n')).subject, 'x');
  assert.deepEqual(headerFacts(Buffer.from('Subject: x\n\nTo: body\n')).to, []);
  assert.equal(headerFacts(new Uint8Array()).subject, '');
  assert.equal(headerFacts(Buffer.from('Subject')).subject, '');
});

test('a fact has at most 1,000 characters and no half of one', () => {
  const long = headerFacts(Buffer.from(`Subject: ${'a'.repeat(999)}${'😀'.repeat(10)}\r\n\r\n`)).subject;
  assert.equal(long, 'a'.repeat(999));
  const many = headerFacts(Buffer.from(`To: ${'a@x,'.repeat(5000)}\r\n\r\n`)).to;
  assert.equal(many.length, 1000);
});

/** A pass that is not linear takes minutes for these; the bound is only there to tell the two apart. */
test('hostile headers are read in linear time', () => {
  const units = ['a\n', 'To: ,\r\n', ' \r\n', '=?a?b?', '"', '\\', '<', 'Subject: =?utf-8?q?a?=\r\n ', ':'];
  for (const unit of units) {
    const text = 'To: '.padEnd(HEADER_LIMIT, unit);
    const began = process.cpuUsage().user;
    headerFacts(Buffer.from(text));
    assert.ok(process.cpuUsage(undefined).user - began < 2_000_000, `${JSON.stringify(unit)} took seconds`);
  }
});

test('any octets give facts, never an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const facts = headerFacts(Buffer.concat([Buffer.from('Subject: '), bytes, Buffer.from('\r\nTo: '), bytes]));
      assert.equal(typeof facts.subject, 'string');
    }),
    { numRuns: 500 },
  );
});
