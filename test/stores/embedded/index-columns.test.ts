import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_LIMIT } from '../../../src/kit/mime/header-text.ts';
import { MessageIndexer } from '../../../src/kit/mime/indexer.ts';
import { searchText } from '../../../src/kit/mime/search-text.ts';
import { indexColumns } from '../../../src/stores/embedded/index-columns.ts';

function indexed(message: string) {
  const octets = Buffer.from(message);
  const indexer = new MessageIndexer();
  indexer.write(octets);
  let most = 0;
  const read = (start: number, end: number): Uint8Array => {
    most = Math.max(most, end - start);
    return octets.subarray(start, end);
  };
  const index = indexer.end();
  const text = searchText(index.root, read);
  const columns = indexColumns(index, octets.length, read);
  return { index, text, columns, most };
}

test('MI-02 of a header as long as its message no more is read and kept than is looked at', () => {
  const { index, text, columns, most } = indexed(`Subject: Endless\r\n${'X: y\r\n'.repeat(500_000)}`);
  assert.ok(index.root.body > 10 * HEADER_LIMIT);
  assert.equal(most, HEADER_LIMIT);
  assert.equal(columns.header, undefined);
  assert.ok(text.header.startsWith('\nsubject: endless\n'));
});

test('the header of a long message has a column, that of a short one none', () => {
  const long = indexed(`Subject: a\r\n\r\n${'x'.repeat(20_000)}`);
  assert.equal(Buffer.from(long.columns.header ?? []).toString(), 'Subject: a\r\n\r\n');
  assert.equal(indexed('Subject: a\r\n\r\nx').columns.header, undefined);
});
