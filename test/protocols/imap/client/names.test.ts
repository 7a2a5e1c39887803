import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Names } from '../../../../src/protocols/imap/client/names.ts';
import { fails } from '../../../conformance/harness.ts';

test('names: any sign that parts them, a prefix before ours, UTF-7 and UTF-8, there and back', () => {
  const rows: [Names, string, string][] = [
    [new Names(false, '/', ''), 'Work/2026 ä', 'Work/2026 &AOQ-'],
    [new Names(true, '/', ''), 'Work/ä&b', 'Work/\xc3\xa4&b'],
    [new Names(false, '.', ''), 'Work/2026', 'Work.2026'],
    [new Names(false, '.', 'INBOX.'), 'Sent/2026', 'INBOX.Sent.2026'],
    [new Names(false, '.', 'INBOX.'), 'INBOX', 'INBOX'],
    [new Names(false, '', ''), 'Sent', 'Sent'],
    [new Names(false, '.', ''), 'a\u2215b/c', 'a/b.c'],
  ];
  for (const [names, ours, theirs] of rows) {
    assert.equal(names.toServer(ours), theirs);
    assert.equal(names.fromServer(theirs), ours);
  }
  assert.equal(new Names(false, '/', '').fromServer('inbox'), 'INBOX');
});

test('names that a server cannot have are refused, not changed', async () => {
  await fails('CS_INPUT', () => new Names(false, '.', '').toServer('v1.2'));
  await fails('CS_INPUT', () => new Names(false, '', '').toServer('a/b'));
});
