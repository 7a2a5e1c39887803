import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from '../../../src/protocols/inbox/query/parse.ts';
import { fc } from '../../property.ts';
import { inboxStage, mail } from './stage.ts';

const ROWS: readonly [string, readonly object[]][] = [
  ['', []],
  ['  ', []],
  ['hello', [{ kind: 'words', text: 'hello', not: false }]],
  [
    '"two words" -three',
    [
      { kind: 'words', text: 'two words', not: false },
      { kind: 'words', text: 'three', not: true },
    ],
  ],
  ['!from:"Ann B"', [{ kind: 'field', field: 'from', text: 'Ann B', not: true }]],
  [
    'From:ann TAG:x',
    [
      { kind: 'field', field: 'from', text: 'ann', not: false },
      { kind: 'field', field: 'tag', text: 'x', not: false },
    ],
  ],
  [
    'is:unread -is:tagged',
    [
      { kind: 'is', what: 'unread', not: false },
      { kind: 'is', what: 'tagged', not: true },
    ],
  ],
  ['has:attachments', [{ kind: 'has', what: 'attachment', not: false }]],
  ['before:2026-01-31', [{ kind: 'before', time: Date.UTC(2026, 0, 31), not: false }]],
  ['after:2026-01-31T10:00:00Z', [{ kind: 'after', time: Date.UTC(2026, 0, 31, 10), not: false }]],
  [
    'larger:1.5M smaller:10k',
    [
      { kind: 'larger', size: 1572864, not: false },
      { kind: 'smaller', size: 10240, not: false },
    ],
  ],
  // What is no operator is words.
  [
    'is:what https://x.test/a from:',
    [
      { kind: 'words', text: 'is:what', not: false },
      { kind: 'words', text: 'https://x.test/a', not: false },
      { kind: 'words', text: 'from:', not: false },
    ],
  ],
  ['"never closed', [{ kind: 'words', text: 'never closed', not: false }]],
  [
    '- "" before:soon',
    [
      { kind: 'words', text: '-', not: false },
      { kind: 'words', text: 'before:soon', not: false },
    ],
  ],
];
for (const [written, terms] of ROWS) {
  test(`a search for ${JSON.stringify(written)}`, () => assert.deepEqual(parseQuery(written), terms));
}

test('HT-30 whatever is written means something, in bounded time', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3000 }), (written) => parseQuery(written).length <= 50),
    { numRuns: 2000 },
  );
  for (const written of ['__proto__:x', 'constructor:x', 'is:constructor', 'has:toString']) {
    assert.deepEqual(parseQuery(written), [{ kind: 'words', text: written, not: false }]);
  }
  assert.ok(parseQuery('"'.repeat(100_000)).length <= 50);
});

const PDF = [
  'From: Carl <carl@x.test>',
  'To: ann@x.test',
  'Cc: dora@x.test',
  'Reply-To: office@x.test',
  'Subject: invoice',
  'Message-ID: <inv.1@x.test>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('please pay by Friday').toString('base64'),
  '--b',
  'Content-Type: application/pdf; name=i.pdf',
  'Content-Disposition: attachment',
  '',
  'x'.repeat(3000),
  '--b--',
  '',
].join('\r\n');

test('search: each operator by itself, and several together', async () => {
  await using stage = await inboxStage();
  await stage.deliver(mail({ Subject: 'Hello Wörld', From: 'Bob <bob@x.test>' }, 'the quick brown fox\r\n'));
  await stage.deliver(PDF, { to: [{ address: 'ann@x.test' }, { address: 'secret@x.test' }] });
  await stage.deliver(mail({ Subject: 'other' }, '<b>html?</b>\r\n'));
  await stage.ask('/api/messages', { method: 'PATCH', body: { ids: [1], seen: true, add_tags: ['To do'] } });
  const found = async (q: string) => (await stage.ask(`/api/ids?q=${encodeURIComponent(q)}`)).json.ids;
  const rows: readonly [string, readonly number[]][] = [
    ['wörld', [1]],
    ['WÖRLD', [1]],
    ['"quick brown"', [1]],
    ['"brown quick"', []],
    ['uick brow', [1]],
    ['friday', [2]],
    ['-friday', [3, 1]],
    ['from:bob', [1]],
    ['-from:bob', [3, 2]],
    ['to:secret', [2]],
    ['cc:dora', [2]],
    ['reply-to:office', [2]],
    ['addressed:office', [2]],
    ['bcc:anybody', []],
    ['subject:invoice', [2]],
    ['message-id:<inv.1@x.test>', [2]],
    ['tag:"to do"', [1]],
    ['is:tagged', [1]],
    ['is:read', [1]],
    ['is:unread', [3, 2]],
    ['has:attachment', [2]],
    ['-has:attachment', [3, 1]],
    ['larger:2k', [2]],
    ['smaller:2k', [3, 1]],
    ['after:2000-01-01 before:2000-01-02', []],
    ['after:2000-01-01', [3, 2, 1]],
    ['is:unread has:attachment from:carl pay', [2]],
    ['is:unread has:attachment from:bob', []],
  ];
  for (const [q, ids] of rows) assert.deepEqual(await found(q), ids, q);
  const { json } = await stage.ask('/api/messages?q=friday');
  assert.deepEqual([json.matched, json.total, json.messages[0]!.subject], [1, 3, 'invoice']);
  await stage.ask('/api/messages', { method: 'DELETE', body: { query: 'is:unread' } });
  assert.deepEqual(await found(''), [1]);
});
