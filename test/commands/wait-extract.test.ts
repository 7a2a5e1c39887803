/** What is taken out of a message: codes, links, headers, text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MailContent } from '../../src/waiting/content.ts';
import { parseExtract } from '../../src/waiting/extract.ts';
import { decodeEntities, hrefs, htmlText } from '../../src/waiting/markup.ts';
import { parsePattern } from '../../src/waiting/pattern.ts';
import { fc } from '../property.ts';

function content(text: string, html = ''): MailContent {
  return {
    raw: Buffer.from(text),
    text: text || htmlText(html),
    html,
    hrefs: hrefs(html),
    header: (name) => (name.toLowerCase() === 'x-code' ? ['A1'] : []),
  };
}

const ROWS: readonly [string, string, string, string | undefined][] = [
  ['code', 'Your code is 482913.', '', '482913'],
  ['code', 'code:1234', '', '1234'],
  ['code', 'code is 123, or 123456789', '', undefined],
  ['code', 'on 2026-11-24 at 10:2024, EUR 1234.50: 9876', '', '9876'],
  ['code', 'In 2024 we met, call 12345: your code is 482913.', '', '482913'],
  ['code', 'Since 1999. 482913 is your Example verification code', '', '482913'],
  ['code', '', '<p>© 2024 Since 1999</p><p>Ihr Bestätigungscode:</p><p><b>4829</b></p>', '4829'],
  ['code', 'Your code: 123 456. Do not share', '', '123456'],
  ['code', 'PIN: 123-456', '', '123456'],
  ['code', 'the code of 2024-11-24 is gone, 7777', '', '7777'],
  ['code', 'call 123 456', '', undefined],
  ['code', 'in 2024 spinning 5555', '', '2024'],
  ['code', 'order A1234 ref_5678 #4444 then 7777', '', '7777'],
  ['code', '', '<style>a{color:#123456;width:1234px}</style><p>Code <b>55555</b></p>', '55555'],
  ['link', 'see https://a.test/x?y=1&z=2, now', '', 'https://a.test/x?y=1&z=2'],
  ['link', '(https://a.test/w_(b))', '', 'https://a.test/w_(b)'],
  ['link', '<https://a.test/x>.', '', 'https://a.test/x'],
  ['link', 'ftp://a.test javascript:alert(1)', '', undefined],
  ['link', 'no link here', '<a href="https://a.test/?a=1&amp;b=2">x</a>', 'https://a.test/?a=1&b=2'],
  ['link', '', "<a class=y href='javascript:x'>n</a><a HREF=https://b.test/z>y</a>", 'https://b.test/z'],
  ['link:/verify/', 'https://a.test/home https://a.test/verify/1', '', 'https://a.test/verify/1'],
  ['link:verify', 'https://a.test/home', '<a href="https://a.test/Verify?t=1">', 'https://a.test/Verify?t=1'],
  ['link:/verify/', 'https://a.test/home', '', undefined],
  ['header:X-Code', '', '', 'A1'],
  ['header:X-Other', '', '', undefined],
  ['text:/token=(\\w+)/', 'the token=abc123 is', '', 'abc123'],
  ['text:/token=\\w+/', 'the token=abc123 is', '', 'token=abc123'],
  ['text:/TOKEN/', 'the token', '', undefined],
  ['text:/TOKEN/i', 'the token', '', 'token'],
];

describe('extract', () => {
  for (const [what, text, html, wanted] of ROWS) {
    test(`${what} of ${JSON.stringify(text || html).slice(0, 60)}`, () => {
      assert.equal(parseExtract(what).from(content(text, html)), wanted);
    });
  }
  for (const what of ['', 'codes', 'code:1', 'link:', 'header', 'header:', 'text', 'text:', 'text:/(/', '__proto__']) {
    test(`${JSON.stringify(what)} is a usage error`, () => {
      assert.throws(() => parseExtract(what), { code: 'CS_USAGE' });
    });
  }
});

describe('markup', () => {
  test('entities, hidden parts, comments, blocks', () => {
    assert.equal(decodeEntities('&lt;&#65;&#x42;&amp;amp;&nope;&#0;&#x110000;&nbsp;'), '<AB&amp;&nope;&#0;&#x110000; ');
    assert.equal(htmlText('<title>t</title>a<!-- <b>c</b> --><br>b<script>if(a<b)</script>&eacute;'), 'a\nb&eacute;');
    assert.equal(htmlText('a<style>x'), 'a');
    assert.equal(htmlText('1 < 2'), '1 ');
    assert.deepEqual(hrefs('<a\nhref = "https://a.test/">x<a data-href="https://no.test">'), ['https://a.test/']);
  });
  test('any text ends, and nothing throws', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('<', '>', '!', '-', 'a', ' href=', '"', "'", '<style', '</style', '&#', ';'),
        }),
        (html) => {
          htmlText(html);
          hrefs(html);
        },
      ),
    );
  });
  test('the worst shapes take linear time', () => {
    for (const piece of ['<', '<!--', '<style>', '<a href="', '&#', '<a href=x ']) {
      const time = (count: number): number => {
        const html = piece.repeat(count);
        const began = process.cpuUsage().user;
        htmlText(html);
        hrefs(html);
        return process.cpuUsage().user - began;
      };
      time(5000);
      const [small, large] = [Math.max(time(20_000), 5000), time(160_000)];
      assert.ok(large < small * 8 * 4, `${piece}: ${small} then ${large} microseconds`);
    }
  });
});

describe('patterns', () => {
  test('plain text in any case, or a regular expression as it stands', () => {
    assert.ok(parsePattern('VERIFY').test('please verify'));
    assert.ok(!parsePattern('/VERIFY/').test('please verify'));
    assert.ok(parsePattern('/VERIFY/i').test('please verify'));
    assert.ok(parsePattern('a/b').test('xa/by'));
    assert.ok(parsePattern('a.c').test('a.c') && !parsePattern('a.c').test('abc'));
    assert.throws(() => parsePattern('/(/'), { code: 'CS_USAGE' });
  });
  test('a pattern without end is given up', () => {
    assert.throws(() => parsePattern('/(a+)+$/').test(`${'a'.repeat(40)}!`), { code: 'CS_LIMIT' });
  });
});
