import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWords, encodeWords } from '../../../../src/kit/mime/encoded-words.ts';
import { MessageIndexer } from '../../../../src/kit/mime/indexer.ts';
import { asciiBody, asciiEnvelope, asciiStructure } from '../../../../src/protocols/imap/fetch/ascii.ts';
import { bodyOf, readValue } from '../../../../src/protocols/imap/fetch/structure.ts';
import { fc } from '../../../property.ts';

const piece = fc.constantFrom(
  'From: ',
  'To: ',
  'Subject: ',
  'Message-ID: ',
  'Content-Type: multipart/mixed; boundary=b\r\n',
  'Content-Type: message/rfc822\r\n',
  'Content-Type: text/plain; name=',
  'Content-Disposition: attachment; filename=',
  'Content-Description: ',
  '\r\n',
  '\r\n\r\n',
  '--b\r\n',
  '--b--\r\n',
  'gr\xc3\xbc\xc3\x9fe',
  '\xe9',
  '"a \\"b\\""',
  '<a@x.test>',
  ', <\xc3\xa9@\xc3\xa9.test>',
  'list:',
  ';',
  '=?utf-8?q?=C3=A9?=',
  '"',
);
const mails = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

function indexed(mail: string): { envelope: string; structure: string } {
  const indexer = new MessageIndexer();
  indexer.write(Buffer.from(mail, 'latin1'));
  return indexer.end();
}

test('whatever a message says, a client without UTF-8 is told ASCII that it can read', () => {
  fc.assert(
    fc.property(mails, (mail) => {
      const { envelope, structure } = indexed(mail);
      for (const told of [asciiEnvelope(envelope), asciiStructure(structure), asciiBody(structure)]) {
        assert.match(told, /^[\r\n\x20-\x7e]*$/);
        assert.ok(Array.isArray(readValue(told)));
      }
      if (!/[\x80-\xff]/.test(envelope + structure)) {
        assert.deepEqual([asciiEnvelope(envelope), asciiStructure(structure)], [envelope, structure]);
        assert.equal(asciiBody(structure), bodyOf(structure));
      }
    }),
    { numRuns: 2000 },
  );
});

test('a parameter whose name nobody can read is told all the same', () => {
  const { structure } = indexed('Content-Type: text/plain; n\xe9=a; m\xe9=\xe9\r\n\r\n');
  assert.match(asciiStructure(structure), /\("n\?" "a" "m\?\*" "utf-8''%C3%A9" /);
});

test('one wide letter changes no other field of a structure', () => {
  const mail = (letter: string): string =>
    [
      `Subject: ${letter}`,
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8; format=flowed',
      'Content-ID: <1@x>',
      'Content-Language: de, en',
      'Content-Location: here',
      'Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==',
      'Content-Disposition: inline; filename="a b.txt"; size=3',
      '',
      'one',
      '--b',
      'Content-Type: message/rfc822',
      '',
      'From: Ann <ann@x.test>',
      'Content-Type: multipart/alternative; boundary=c',
      '',
      '--c',
      '',
      'two',
      '--c',
      `Content-Description: ${letter}`,
      'Content-Type: image/png',
      '',
      'three',
      '--c--',
      '--b--',
      '',
    ].join('\r\n');
  const [plain, wide] = [indexed(mail('ee')).structure, indexed(mail('\xc3\xa9')).structure];
  assert.equal(asciiStructure(wide), plain.replace('"ee"', '"=?utf-8?B?w6k=?="'));
  assert.equal(asciiBody(wide), bodyOf(plain).replace('"ee"', '"=?utf-8?B?w6k=?="'));
});

test('encoded words hold any text, 75 characters a word', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replace(/[\r\n]/g, '')),
      (text) => {
        const words = encodeWords(text);
        if (/^[\x20-\x7e]*$/.test(text)) return assert.equal(words, text);
        for (const word of words.split(' ')) assert.ok(word.length <= 75);
        assert.equal(decodeWords(words), Buffer.from(text, 'utf8').toString('utf8'));
      },
    ),
  );
});
