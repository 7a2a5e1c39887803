import assert from 'node:assert/strict';
import { test } from 'node:test';
import { casemap, compareTexts } from '../../../../src/protocols/imap/sort/collation.ts';

const sorted = (...texts: string[]) => texts.map(casemap).sort(compareTexts);

test('texts are compared as i;unicode-casemap has it (RFC 5051)', () => {
  assert.deepEqual(sorted('_x', 'b', 'A', '[y'), ['A', 'B', '[Y', '_X']);
  // An accent comes behind its letter, not behind all letters.
  assert.deepEqual(sorted('z', '\u00e9', 'f', 'e'), ['E', 'E\u0301', 'F', 'Z']);
  assert.equal(casemap('\u00c9t\u00e9'), casemap('e\u0301T\u00c9'));
  assert.equal(casemap('\uff21'), 'A');
  assert.equal(casemap('stra\u00dfe'), 'STRA\u00dfE');
  assert.deepEqual(sorted('\u{1f600}', '\uffee', 'a'), ['A', '\u25cb', '\u{1f600}']);
});
