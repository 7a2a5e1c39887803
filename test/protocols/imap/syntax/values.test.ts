import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8 } from '../../../../src/protocols/imap/syntax/binary-text.ts';
import { Cursor } from '../../../../src/protocols/imap/syntax/cursor.ts';
import {
  formatDate,
  formatDateTime,
  parseDate,
  parseDateTime,
} from '../../../../src/protocols/imap/syntax/date-time.ts';
import { readFlags } from '../../../../src/protocols/imap/syntax/flags.ts';
import { type Line, LineReader } from '../../../../src/protocols/imap/syntax/line-reader.ts';
import { decodeMailbox, encodeMailbox } from '../../../../src/protocols/imap/syntax/mailbox-name.ts';
import { expandSet, formatSet, parseSet, resolveSet } from '../../../../src/protocols/imap/syntax/sequence-set.ts';
import { inlineAstring, inlineString } from '../../../../src/protocols/imap/syntax/write.ts';
import { fc } from '../../../property.ts';

const at = (text: string) => new Cursor([text]);
const broken = { code: 'CS_PEER_PROTOCOL' };

test('atoms, numbers and strings as the grammar has them', () => {
  assert.equal(at('INBOX x').astring(), 'INBOX');
  assert.equal(at('a]b').astring(), 'a]b');
  assert.equal(at('a]b').atom(), 'a');
  assert.equal(at('"a \\"b\\\\"').astring(), 'a "b\\');
  assert.equal(at('%/*').listMailbox(), '%/*');
  assert.equal(at('nil').nstring(), null);
  assert.equal(at('"NIL"').nstring(), 'NIL');
  assert.equal(at('"\xc3\xa9"').text(), 'é');
  for (const bad of ['"a\0b"', '"open', '"\\n"', '"\xff"', '\xe9', '', '(', '{5']) {
    assert.throws(() => at(bad).astring(), broken, JSON.stringify(bad));
  }
  assert.throws(() => at('0').nzNumber(), broken);
  assert.throws(() => at('99999999999999999999').number(), broken);
});

test('lists nest fifty deep and no deeper', () => {
  const nested = (depth: number) => '('.repeat(depth) + ')'.repeat(depth);
  at(nested(50)).value();
  assert.throws(() => at(nested(51)).value(), { code: 'CS_PEER_LIMIT' });
  assert.throws(() => at('('.repeat(60_000)).value(), { code: 'CS_PEER_LIMIT' });
});

test('a response is read as values, literals in their places', () => {
  const line: Line = [
    '(FLAGS (\\Seen $x) "a b" NIL ',
    { size: 3, binary: false, octets: Buffer.from('abc') },
    ' (("x")("y")))',
  ];
  const cursor = new Cursor(line);
  assert.deepEqual(cursor.value(), ['FLAGS', ['\\Seen', '$x'], 'a b', null, 'abc', [['x'], ['y']]]);
  assert.ok(cursor.done);
  assert.throws(() => new Cursor(['', { size: 3, binary: false }, '']).astring(), broken);
  assert.throws(() => new Cursor(['', { size: 1, binary: false, octets: Buffer.of(0) }, '']).astring(), broken);
});

test("flags in the RFC's case, keywords as they are", () => {
  assert.deepEqual(readFlags(at('(\\SEEN $Junk \\x)')), ['\\Seen', '$Junk', '\\x']);
  assert.deepEqual(readFlags(at('\\deleted a'), { bare: true }), ['\\Deleted', 'a']);
  assert.throws(() => readFlags(at('(\\*)')), broken);
});

test('what is written is read back, whatever octets it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, plain) => {
      const octets = encodeUtf8(text).replaceAll('\0', '0');
      const written = plain ? inlineString(octets) : inlineAstring(octets);
      const lines: Line[] = [];
      const reader = new LineReader();
      for (const event of reader.receive(Buffer.from(`${written}\r\n`, 'latin1'))) {
        if (event.kind === 'line') lines.push(event.line);
      }
      assert.equal(lines.length, 1);
      assert.equal(new Cursor(lines[0]!).astring(), octets);
    }),
  );
});

test('mailbox names in modified UTF-7 have one form', () => {
  assert.equal(decodeMailbox('~peter/mail/&U,BTFw-/&ZeVnLIqe-', false), '~peter/mail/台北/日本語');
  assert.equal(encodeMailbox('a & b', false), 'a &- b');
  assert.equal(decodeMailbox('&', true), '&');
  for (const bad of ['&AC8-', '&AGE-', '&', '&U,BTFw', '&2AA-', '&-&AGE-', '\xff', '&ZeVnLIqe-&ZeU-']) {
    assert.equal(decodeMailbox(bad, false), undefined, bad);
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (name, utf8) => {
      assert.equal(decodeMailbox(encodeMailbox(name, utf8), utf8), name);
    }),
  );
});

test('sequence sets: * is the highest, ends may be swapped, overlaps are one', () => {
  const resolved = (text: string, highest: number) => resolveSet(parseSet(text)!, highest);
  assert.deepEqual(resolved('2,4:7,9,12:*', 15), [
    [2, 2],
    [4, 7],
    [9, 9],
    [12, 15],
  ]);
  assert.deepEqual(resolved('*:4,5:7', 10), [[4, 10]]);
  assert.deepEqual(resolved('20:*', 10), [[10, 20]]);
  assert.deepEqual(resolved(Array(9000).fill('1:*').join(','), 3), [[1, 3]]);
  for (const bad of ['', '0', '1:', ':1', '1,,2', '1:2:3', '4294967296', 'x', '**']) {
    assert.equal(parseSet(bad), undefined, bad);
  }
  assert.equal(formatSet([1, 2, 3, 7, 9, 10]), '1:3,7,9:10');
  assert.deepEqual(expandSet(parseSet('5:3,9')!, 10), [5, 4, 3, 9]);
  assert.equal(expandSet(parseSet('1:4294967295')!, 1000), undefined);
});

test('dates both ways, days that are none refused', () => {
  assert.equal(parseDateTime('17-Jul-1996 02:44:25 -0700'), Date.UTC(1996, 6, 17, 9, 44, 25));
  assert.equal(formatDateTime(Date.UTC(1996, 6, 7, 9, 44, 25)), ' 7-Jul-1996 09:44:25 +0000');
  assert.equal(parseDateTime(formatDateTime(1e12)), 1e12);
  assert.equal(formatDate(parseDate('1-Feb-1994')!), '1-Feb-1994');
  for (const bad of ['31-Feb-1994', '1-Foo-1994', '0-Jan-1994', '1-Jan-94'])
    assert.equal(parseDate(bad), undefined, bad);
  assert.equal(parseDateTime('17-Jul-1996 24:44:25 -0700'), undefined);
});
