import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonTest, jsonTest } from '../../src/commands/wait/json-test.ts';

test('a question to JSON is told from a text at once, however long its names are', () => {
  // By the run, these signs could be parted in 2^99 ways.
  assert.equal(isJsonTest(`.${'a'.repeat(100)}"`), false);
  assert.equal(isJsonTest(`.${'ab.'.repeat(100)}"x`), false);
  assert.equal(isJsonTest(`.${'a-$_9'.repeat(20)}.b[0]."c d"`), true);
});

test('names, places and quoted names lead to a value', () => {
  const value = { items: [{ 'a b': 7, $id: 'x' }] };
  for (const right of ['.items[0]."a b">=7', '.items.0.$id==x', '.items', '.items[0].$id~/^X$/i']) {
    assert.equal(isJsonTest(right), true, right);
    assert.equal(jsonTest(right).fails(value), undefined, right);
  }
  assert.match(jsonTest('.items[1]').fails(value) ?? '', /no \.items\.1/);
});
