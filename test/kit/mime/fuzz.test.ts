/** Generated messages of what breaks parsers: no crash, the same index however they are cut, offsets that nest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MimePart } from '../../../src/contracts/mail.ts';
import { MessageIndexer } from '../../../src/kit/mime/indexer.ts';
import { searchText } from '../../../src/kit/mime/search-text.ts';
import { chance } from '../../property.ts';
import { indexed } from './indexed.ts';

const PIECES = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '--',
  '--a',
  '--a--',
  '--ab',
  '\r\n--a\r\n',
  '\r\n--ab--\r\n',
  ' ',
  '\t',
  '\0',
  '\xe4',
  '"',
  '\\',
  '(',
  ')',
  '<',
  '>',
  '@',
  ',',
  ';',
  ':',
  '=',
  '=?',
  '?=',
  '=?utf-8?q?',
  '=?utf-8?b?w6Q=?=',
  'Content-Type: ',
  'multipart/mixed; boundary=a',
  'multipart/mixed; boundary="ab"',
  'multipart/digest; boundary=a',
  'message/rfc822',
  'text/plain',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n',
  'From: ',
  'To: ',
  'Subject: ',
  'Date: ',
  'References: ',
  'a@b',
  'word',
  'name*0=',
  'name*1*=',
  "utf-8''%41",
  'AAAA',
  '=41',
  '=\r\n',
  'x'.repeat(100),
];

function made(): Buffer {
  let text = '';
  for (let left = Math.floor(chance() * 30); left >= 0; left--) text += PIECES[Math.floor(chance() * PIECES.length)];
  return Buffer.from(text, 'latin1');
}

test('100,000 generated messages', { timeout: 300_000 }, () => {
  for (let n = 0; n < 100_000; n++) {
    const octets = made();
    const whole = indexed(octets);
    nests(whole.root, 0, octets.length);
    balanced(whole.structure);
    balanced(whole.envelope);
    const cut = Math.floor(chance() * octets.length);
    const indexer = new MessageIndexer();
    indexer.write(octets.subarray(0, cut));
    indexer.write(octets.subarray(cut));
    const again = indexer.end();
    if (again.structure !== whole.structure || again.envelope !== whole.envelope || n % 50 === 0) {
      assert.deepEqual(again, whole, JSON.stringify(octets.toString('latin1')));
      assert.deepEqual(indexed(octets, 1), whole, JSON.stringify(octets.toString('latin1')));
      searchText(whole.root, (start, end) => octets.subarray(start, end));
    }
  }
});

function nests(part: MimePart, from: number, to: number): void {
  assert.ok(from <= part.start && part.start <= part.body && part.body <= part.end && part.end <= to);
  let at = part.body;
  for (const child of part.parts ?? []) {
    nests(child, at, part.end);
    at = child.end;
  }
}

/** One list, whole: literals and quoted strings are stepped over. */
function balanced(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '"') for (at += 1; text[at] !== '"'; at++) if (text[at] === '\\') at += 1;
    if (char === '{') {
      const end = text.indexOf('}\r\n', at);
      at = end + 2 + Number(text.slice(at + 1, end));
    }
    assert.ok(depth > 0 || at === text.length - 1, text);
    assert.ok(at < text.length, text);
  }
  assert.equal(depth, 0, text);
}
