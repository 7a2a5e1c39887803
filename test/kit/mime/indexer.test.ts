import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEPTH_LIMIT, MessageIndexer, PARTS_LIMIT } from '../../../src/kit/mime/indexer.ts';
import { indexed, lines, partsOf, shape } from './indexed.ts';

const NESTED = lines(
  `Subject: outer\nContent-Type: multipart/mixed; boundary="a"\n\npreamble\n--a\n\nhello\nworld\n--ab\nnot a delimiter\n` +
    `--a\nContent-Type: multipart/alternative; boundary=ab\n\n--ab\nContent-Type: text/html\n\n<p>\n--ab--\nepilogue\n` +
    `--a\nContent-Type: message/rfc822\n\nSubject: inner\nContent-Type: multipart/mixed; boundary=a-\n\n--a-\n\nx\n--a---\n` +
    `--a\nContent-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: one\n\n1\n--d\nContent-Type: text/plain\n\n2\n--d--\n--a--\nend\n`,
);

test('parts are where their octets are, whatever stands around them', () => {
  const { root, structure } = indexed(NESTED);
  assert.deepEqual(shape(root), [
    'multipart/mixed',
    'text/plain',
    ['multipart/alternative', 'text/html'],
    ['message/rfc822', ['multipart/mixed', 'text/plain']],
    ['multipart/digest', ['message/rfc822', 'text/plain'], 'text/plain'],
  ]);
  const bodies = [...partsOf(root)]
    .filter(({ parts }) => !parts)
    .map(({ body, end }) => NESTED.toString('latin1', body, end));
  assert.deepEqual(bodies, ['hello\r\nworld\r\n--ab\r\nnot a delimiter', '<p>', 'x', '1', '2']);
  assert.equal(root.end, NESTED.length);
  assert.match(structure, /^\(\("text" "plain" \("charset" "us-ascii"\) NIL NIL "7bit" 35 3 NIL NIL NIL NIL\)/);
  assert.match(
    structure,
    /"message" "rfc822" NIL NIL NIL "7bit" \d+ \(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL\) \(\(/,
  );
});

test('any split gives the same index', () => {
  const whole = indexed(NESTED);
  for (let at = 1; at < NESTED.length; at++) {
    const indexer = new MessageIndexer();
    indexer.write(NESTED.subarray(0, at));
    indexer.write(NESTED.subarray(at));
    assert.deepEqual(indexer.end(), whole, `cut at ${at}`);
  }
  for (let step = 1; step < NESTED.length; step++) assert.deepEqual(indexed(NESTED, step), whole, `step ${step}`);
});

const SHAPES: [string, string, unknown][] = [
  ['an empty message', '', 'text/plain'],
  ['only an empty line', '\n', 'text/plain'],
  ['no empty line', 'Subject: x', 'text/plain'],
  ['no boundary', 'Content-Type: multipart/mixed\n\n--\nx\n', 'text/plain'],
  ['an empty boundary', 'Content-Type: multipart/mixed; boundary=""\n\n--\nx\n----\n', 'text/plain'],
  [
    'a boundary that never comes',
    'Content-Type: multipart/mixed; boundary=q\n\nx\n',
    ['multipart/mixed', 'text/plain'],
  ],
  [
    'no last delimiter',
    'Content-Type: multipart/mixed; boundary=q\n\n--q\n\nx\n--q\n\ny',
    ['multipart/mixed', 'text/plain', 'text/plain'],
  ],
  [
    'an inner part that is not closed',
    'Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: multipart/mixed; boundary=r\n\n--r\n\nx\n--q\n\ny\n--q--\n',
    ['multipart/mixed', ['multipart/mixed', 'text/plain'], 'text/plain'],
  ],
  [
    'one boundary for both',
    'Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\nx\n--q--\n--q\n\ny\n--q--\n',
    ['multipart/mixed', ['multipart/mixed', 'text/plain'], 'text/plain'],
  ],
  [
    'a delimiter inside a header',
    'Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/html\n--q\n\ny\n--q--\n',
    ['multipart/mixed', 'text/html', 'text/plain'],
  ],
  [
    'a delimiter as the last octets',
    'Content-Type: multipart/mixed; boundary=q\n\n--q\n\nx\n--q--',
    ['multipart/mixed', 'text/plain'],
  ],
  [
    'padding behind a delimiter',
    'Content-Type: multipart/mixed; boundary=q\n\n--q \t\n\nx\n--q-- \n',
    ['multipart/mixed', 'text/plain'],
  ],
  [
    'a message in a message that ends at once',
    'Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n',
    ['message/rfc822', ['message/rfc822', 'text/plain']],
  ],
  ['an unknown type', 'Content-Type: nonsense\n\nx', 'text/plain'],
  ['a comment in the type', 'Content-Type: (a) text (b) / (c) HTML (d); charset=x\n\nx', 'text/html'],
  ['two types: the first counts', 'Content-Type: text/html\nContent-Type: text/css\n\nx', 'text/html'],
];
for (const [what, text, wanted] of SHAPES) {
  test(`structure of ${what}`, () => {
    const crlf = indexed(lines(text));
    assert.deepEqual(shape(crlf.root), wanted);
    const lf = indexed(Buffer.from(text, 'latin1'));
    assert.deepEqual(shape(lf.root), wanted, 'with bare LF');
    for (const { root, envelope, structure } of [crlf, lf]) {
      assert.ok(envelope.startsWith('(') && structure.startsWith('(') && root.start === 0);
    }
  });
}

test('a part says what its header says', () => {
  const { root, structure } = indexed(
    lines(
      'Content-Type: TEXT/Plain; Charset="UTF-8"; format=flowed\nContent-Transfer-Encoding: Base64 (x)\nContent-ID: <a@b>\n' +
        'Content-Description: some\n thing\nContent-Disposition: Attachment; filename*0="a "; filename*1*=%E4b;\n size=3\n' +
        'Content-Language: en, de-AT\nContent-Location: http://x/\nContent-MD5: Q2hlY2s=\n\nx\ny\nz',
    ),
  );
  assert.deepEqual(root.params, [
    ['charset', 'UTF-8'],
    ['format', 'flowed'],
  ]);
  assert.deepEqual(root.disposition, [
    'attachment',
    [
      ['filename*', 'a%20%E4b'],
      ['size', '3'],
    ],
  ]);
  assert.equal(
    structure,
    '("text" "plain" ("charset" "UTF-8" "format" "flowed") "<a@b>" "some thing" "base64" 7 2 "Q2hlY2s=" ' +
      '("attachment" ("filename*" "a%20%E4b" "size" "3")) ("en" "de-AT") "http://x/")',
  );
});

test('MI-01 deep, many and odd parts are raw from a limit on', () => {
  const deep = indexed(lines('Content-Type: multipart/mixed; boundary=a\n\n--a\n'.repeat(10_000)));
  assert.equal(Math.max(...depths(deep.root)), DEPTH_LIMIT);
  const wide = indexed(lines(`Content-Type: multipart/mixed; boundary=a\n\n${'--a\n'.repeat(1_400_000)}`));
  assert.equal(wide.root.parts?.length, PARTS_LIMIT - 1);
  assert.equal(wide.root.parts?.at(-1)?.end, wide.root.end);
  const long = 'b'.repeat(10_240);
  assert.equal(
    indexed(lines(`Content-Type: multipart/mixed; boundary=${long}\n\n--${long}\n\nx\n`)).root.type,
    'text/plain',
  );
  const prefix = indexed(
    lines(
      'Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\nx\n--ab--\n--a--\n',
    ),
  );
  assert.deepEqual(shape(prefix.root), ['multipart/mixed', ['multipart/mixed', 'text/plain']]);
});

test('MI-02 endless headers and lists are capped, and the rest is there', () => {
  for (const header of [
    'To: x@y\n'.repeat(500_000),
    `To: ${'a@b,'.repeat(500_000)}\n`,
    `To: ${'('.repeat(100_000)}\n`,
    `To: ${'g:a@b;'.repeat(50_000)}\n`,
  ]) {
    const octets = lines(`${header}Subject: late\n\nbody`);
    const { root, envelope } = indexed(octets, 65_536);
    assert.equal(octets.toString('latin1', root.body), 'body');
    assert.ok(envelope.length < 300_000);
  }
});

test('MI-03 parameters are capped', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => `; a*${n}=x`).join('');
  const { root } = indexed(lines(`Content-Type: text/plain${many}\n\n`));
  assert.ok(root.params.length <= 200);
  const far = indexed(lines('Content-Type: text/plain; name*999999999*=x; name*0=a; name*2=c\n\n')).root.params;
  assert.deepEqual(far.at(-1), ['name', 'a'], 'after a gap there is nothing');
});

test('MI-09 messages in messages are looked into as deep as parts are; partial and external ones are not', () => {
  const deep = indexed(lines(`${'Content-Type: message/rfc822\n\n'.repeat(1000)}`));
  assert.equal(Math.max(...depths(deep.root)), DEPTH_LIMIT);
  for (const type of ['message/partial; id=a; number=1', 'message/external-body; access-type=URL; URL="http://x/"']) {
    assert.equal(indexed(lines(`Content-Type: ${type}\n\nContent-Type: text/html\n\n`)).root.parts, undefined);
  }
});

test('a part ends no earlier than what lies in it, also where a delimiter stands right behind the inner header', () => {
  const octets = lines(
    'Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: message/rfc822\n\nSubject: inner\n\n--q--\n',
  );
  const [message] = indexed(octets).root.parts!;
  assert.equal(octets.toString('latin1', message!.body, message!.end), 'Subject: inner\r\n\r\n');
  assert.equal(message!.end, message!.parts![0]!.end);
});

test('time grows with the octets, whatever they are', () => {
  // Each of these was chosen to cost a square somewhere; a square of this size would not end within the limit of a test.
  const shapes = [
    'a\n'.repeat(1_000_000),
    `Content-Type: multipart/mixed; boundary=q\n\n${'--\n'.repeat(1_000_000)}`,
    `Content-Type: multipart/mixed; boundary=q\n\n${'-'.repeat(3_000_000)}`,
    `Subject: ${'=?a?q?'.repeat(500_000)}\n\n`,
    `From: ${'<'.repeat(1_000_000)}\nReferences: ${'<'.repeat(1_000_000)}\n\n`,
    `From: ${'"\\'.repeat(500_000)}\n\n`,
    `Content-Type: ${'text/'.repeat(500_000)}\n\n`,
    `Content-Type: multipart/mixed; boundary=q\n\n${'--q\nContent-Type: message/rfc822\n\n'.repeat(50_000)}`,
  ];
  for (const text of shapes) assert.ok(indexed(lines(text), 16_384).root.end > 0);
});

function depths(part: Parameters<typeof shape>[0], depth = 1): number[] {
  return [depth, ...(part.parts ?? []).flatMap((child) => depths(child, depth + 1))];
}
