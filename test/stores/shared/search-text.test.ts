import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailHeaders } from '../../../src/contracts/mail.ts';
import { MessageIndexer } from '../../../src/kit/mime/indexer.ts';
import { matches, searchPhrases, searchWords, tokens } from '../../../src/stores/shared/search-text.ts';

test('tokens are folded letters and digits with a space before each', () => {
  assert.equal(tokens('  Crème-brûlée, 42! '), ' creme brulee 42');
  assert.equal(tokens('!!!'), '');
  assert.deepEqual(searchPhrases('ann@x.test  !! Code'), [' ann x test', ' code']);
});

test('a phrase matches from the beginning of a token', () => {
  assert.ok(matches(' the code', [' cod']));
  assert.ok(!matches(' decode', [' cod']));
});

test('text of parts counts, markup, scripts and attachments do not', () => {
  const headers = { from: 'bob@y', to: ['ann@x'], subject: 'Hi', messageId: '', date: '' };
  const html = Buffer.from(
    'Content-Type: text/html\r\n\r\n<title>T</title><script>bad()</script ><p class="worse">good<br>day</p><style>x{}',
  );
  const text = wordsOf(headers, html);
  for (const word of [' hi', ' bob', ' ann', ' good', ' day']) assert.ok(text.includes(word), word);
  for (const word of ['bad', 'worse', 'class']) assert.ok(!text.includes(word), word);
});

test('what cannot be parsed is searched by its header', () => {
  const headers = { from: '', to: [], subject: 'only this', messageId: '', date: '' };
  const deep = Buffer.from('Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n'.repeat(2000));
  assert.match(wordsOf(headers, deep), /^ only this/);
});

test('MI-05 broken codings and uuencode are text, in linear time', () => {
  const headers = { from: '', to: [], subject: 'sub', messageId: '', date: '' };
  for (const [coding, body] of [
    ['base64', '=?!\u00ff'.repeat(10_000)],
    ['base64', '='.repeat(1_000_000)],
    ['quoted-printable', '=\r\n'.repeat(300_000)],
    ['quoted-printable', '=  '.repeat(300_000)],
    ['x-uuencode', 'begin 644 a\r\n#0V%T\r\nend\r\n'],
  ]) {
    const text = `Content-Transfer-Encoding: ${coding}\r\n\r\n${body}`;
    assert.match(wordsOf(headers, Buffer.from(text, 'latin1')), /^ sub/);
  }
});

test('MI-06 no charset hides or makes what others see', () => {
  const headers = { from: '', to: [], subject: '', messageId: '', date: '' };
  for (const charset of ['utf-7', 'iso-2022-jp', 'nonsense', 'utf-8']) {
    const octets = Buffer.from(
      `Content-Type: text/plain; charset=${charset}\r\n\r\n+ADw-script+AD4- \xed\xa0\x80`,
      'latin1',
    );
    const words = wordsOf(headers, octets);
    assert.match(words, / adw script/);
    assert.doesNotMatch(words, /[\ud800-\udfff]/u);
  }
});

function wordsOf(headers: MailHeaders, octets: Uint8Array): string {
  const indexer = new MessageIndexer();
  indexer.write(octets);
  return searchWords(headers, indexer.end().root, (start, end) => octets.subarray(start, end));
}
