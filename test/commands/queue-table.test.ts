import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueTable, recipientTable } from '../../src/commands/queue/table.ts';
import type { SpoolMessage } from '../../src/contracts/spool.ts';

const NOW = 1_000_000;
const one = { notify: undefined, orcpt: undefined, warned: false, busy: false };
const MESSAGES = [
  {
    id: '9',
    size: 370,
    queuedAt: NOW - 5000,
    envelope: { from: 'ann@here.test', user: null },
    recipients: [
      { ...one, address: 'bob@far.test', tries: 1, due: NOW + 300_000, reply: '451 4.4.1 no \u001b[31mway' },
      { ...one, address: 'c@far.test', tries: 0, due: NOW, reply: undefined },
    ],
  },
  {
    id: '10',
    size: 2048,
    queuedAt: NOW - 60_000,
    envelope: { from: '', user: null },
    recipients: [{ ...one, address: 'ann@here.test', tries: 12, due: NOW, busy: true, reply: '421 later' }],
  },
] as unknown as readonly SpoolMessage[];

test('the queue as people read it: whose, to whom, since when, what the last answer was, and what is next', () => {
  assert.equal(
    queueTable(MESSAGES, NOW),
    [
      '9     370 B  5 s  ann@here.test  bob@far.test   1 try, next in 5 m   451 4.4.1 no \\x1b[31mway',
      '9     370 B  5 s  ann@here.test  c@far.test     0 tries, due',
      '10  2.0 KiB  1 m  <>             ann@here.test  12 tries, under way  421 later',
    ].join('\n'),
  );
  assert.equal(recipientTable(MESSAGES[1]!, NOW), 'ann@here.test  12 tries, under way  421 later');
  assert.equal(queueTable([], NOW), '');
});
