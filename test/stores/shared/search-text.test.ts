import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, searchPhrases, searchText, tokens } from '../../../src/stores/shared/search-text.ts';

test('tokens are folded letters and digits with a space before each', () => {
  assert.equal(tokens('  Crème-brûlée, 42! '), ' creme brulee 42');
  assert.equal(tokens('!!!'), '');
  assert.deepEqual(searchPhrases('ann@x.test  !! Code'), [' ann x test', ' code']);
});

test('a phrase matches from the beginning of a token', () => {
  assert.ok(matches(' the code', [' cod']));
  assert.ok(!matches(' decode', [' cod']));
});

test('text of parts counts, markup, scripts and attachments do not', async () => {
  const headers = { from: 'bob@y', to: ['ann@x'], subject: 'Hi', messageId: '', date: '' };
  const html = Buffer.from(
    'Content-Type: text/html\r\n\r\n<title>T</title><script>bad()</script ><p class="worse">good<br>day</p><style>x{}',
  );
  const text = await searchText(headers, html);
  for (const word of [' hi', ' bob', ' ann', ' good', ' day']) assert.ok(text.includes(word), word);
  for (const word of ['bad', 'worse', 'class']) assert.ok(!text.includes(word), word);
});

test('what cannot be parsed is searched by its header', async () => {
  const headers = { from: '', to: [], subject: 'only this', messageId: '', date: '' };
  const deep = Buffer.from('Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n'.repeat(2000));
  assert.match(await searchText(headers, deep), /^ only this/);
});
