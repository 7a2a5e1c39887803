import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageIds } from '../../../src/kit/mime/addresses.ts';
import { parameter, valueAndParameters } from '../../../src/kit/mime/parameters.ts';
import { sentDate } from '../../../src/kit/mime/sent-date.ts';
import { indexed, lines } from './indexed.ts';

test('ENVELOPE: sender and reply-to are from where they are missing or empty, fields of one name are one list', () => {
  const { envelope } = indexed(
    lines(
      'Date: now\nFrom: a@b\nSender: \nReply-To:\n \nTo: c@d\nTo: e@f\nBCC: g@h\nIn-Reply-To: <1@x>\nMessage-Id: <2@x>\n\n',
    ),
  );
  const a = '((NIL NIL "a" "b"))';
  const to = '((NIL NIL "c" "d")(NIL NIL "e" "f"))';
  assert.equal(envelope, `("now" NIL ${a} ${a} ${a} ${to} NIL ((NIL NIL "g" "h")) "<1@x>" "<2@x>")`);
});

test('ENVELOPE: octets are kept, what no string can hold is a space', () => {
  const { envelope, keys } = indexed(lines('Subject: \xe4 "q" \\ \0 \r x\nFrom: J\xf6rg <j@x>\n\n'));
  assert.ok(envelope.startsWith('(NIL {13}\r\n\xe4 "q" \\     x (({4}\r\nJ\xf6rg NIL "j" "x"))'), envelope);
  assert.equal(keys.fromName, 'J\xf6rg');
  const quoted = indexed(lines('Subject: a "b" \\c\n\n')).envelope;
  assert.equal(quoted, '(NIL "a \\"b\\" \\\\c" NIL NIL NIL NIL NIL NIL NIL NIL)');
});

test('keys to sort and thread by are text', () => {
  const { keys } = indexed(
    lines(
      'Date: Tue, 24 Nov 2026 10:00:00 +0100\nSubject: =?utf-8?b?w6Q=?= b\nFrom: =?utf-8?q?J=C3=B6?= <j@x>, k@x\nTo: G: t@x;\n' +
        'CC: c@x\nMessage-ID: noise <1@x> more\nIn-Reply-To: <0 @x>\nReferences: <a@x>\n <b@x><c@x> "d@x"\n\n',
    ),
  );
  assert.deepEqual(keys, {
    sentAt: Date.UTC(2026, 10, 24, 9),
    subject: 'ä b',
    from: 'j',
    to: 'G',
    cc: 'c',
    fromName: 'Jö',
    toName: 'G',
    messageId: '<1@x>',
    inReplyTo: ['<0@x>'],
    references: ['<a@x>', '<b@x>', '<c@x>'],
  });
  assert.ok(Number.isNaN(indexed(lines('Subject: x\n\n')).keys.sentAt));
  assert.deepEqual(messageIds('<a> <b> <c', 1), ['<a>']);
});

test('MI-07 encoded words without end are bounded, and none makes a line', () => {
  const { keys } = indexed(lines(`Subject: ${'=?utf-8?q?a=0D=0Ab?= '.repeat(100_000)}\n\n`));
  assert.ok(keys.subject.length < 110_000);
  assert.ok(!/[\r\n]/.test(keys.subject));
});

const DATES: [string, string | undefined][] = [
  ['Tue, 24 Nov 2026 10:00:00 +0100', '2026-11-24T09:00:00.000Z'],
  ['24 Nov 2026 10:00 GMT', '2026-11-24T10:00:00.000Z'],
  ['Tue, 24 Nov 26 10:00:00 EST (comment)', '2026-11-24T15:00:00.000Z'],
  ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06.000Z'],
  ['1 Jan 70 00:00:00', '1970-01-01T00:00:00.000Z'],
  ['Tue, 24 November 2026 10:00:00 Z', '2026-11-24T10:00:00.000Z'],
  ['now', undefined],
  ['', undefined],
  ['99 Nov 2026 10:00:00 +0000', undefined],
  ['24 Foo 2026 10:00:00 +0000', undefined],
  [`Tue, ${' '.repeat(100_000)}24 Nov 2026`, undefined],
];
for (const [text, wanted] of DATES) {
  test(`date ${JSON.stringify(text.slice(0, 60))}`, () => {
    const at = sentDate(text);
    assert.equal(Number.isNaN(at) ? undefined : new Date(at).toISOString(), wanted);
  });
}

test('MI-04 parameters are text, and nobody takes them for paths', () => {
  const rows: [string, string | undefined][] = [
    [`a; filename="../../x"`, '../../x'],
    [`a; filename=a b.txt; x=y`, 'a b.txt'],
    [`a; filename*=utf-8'de'%C3%A4%20b`, 'ä b'],
    [`a; filename*0*=iso-8859-1''%E4; filename*1="%41"`, 'ä%41'],
    [`a; filename*=nonsense''%E4`, 'ä'],
    [`a; filename="=?utf-8?q?=C3=A4?="`, 'ä'],
    [`a; filename="a;b\\"c"; size=1`, 'a;b"c'],
    [`a; =x; filename`, undefined],
  ];
  for (const [text, wanted] of rows)
    assert.equal(parameter(valueAndParameters(text).parameters, 'filename'), wanted, text);
});
