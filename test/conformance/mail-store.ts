import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore } from '../../src/contracts/mail.ts';
import { noise } from '../property.ts';
import { deliver, fails, inbox, type Make, message, whole } from './harness.ts';

/** `MailHouse` and `MailStore`: what every place that keeps mail does alike. */
export function mailStoreSuite(name: string, make: Make): void {
  const check = (what: string, body: (subject: Awaited<ReturnType<Make>>) => Promise<void>): void => {
    test(`${name}: ${what}`, { timeout: 120_000 }, async () => {
      const subject = await make();
      try {
        await body(subject);
      } finally {
        await subject.close();
      }
    });
  };

  check('what was accepted comes back byte for byte, whole and in ranges', async ({ store }) => {
    const sizes = [0, 1, 200, 4096, 65_536, 300_000];
    const sent = sizes.map((size) => noise(size));
    for (const bytes of sent) await deliver(store.delivery, bytes, ['ann@x.test']);
    const mail = await store.mail.of('ann@x.test');
    const entries = await mail.list('INBOX');
    assert.deepEqual(
      entries.map((entry) => entry.size),
      sizes,
    );
    for (const [index, entry] of entries.entries()) {
      assert.deepEqual(await whole(mail.read('INBOX', entry.uid)), sent[index]);
      const { length } = sent[index]!;
      const [start, end] = [Math.floor(length / 3), Math.floor(length / 2)];
      assert.deepEqual(await whole(mail.read('INBOX', entry.uid, { start, end })), sent[index]!.subarray(start, end));
      assert.deepEqual(await whole(mail.read('INBOX', entry.uid, { start })), sent[index]!.subarray(start));
    }
  });

  check('an entry tells envelope and decoded header', async ({ store }) => {
    const bytes = Buffer.from(
      'from: =?utf-8?q?J=C3=B6rg?= <j@y.test>\r\nTo: "A, B" <ann@x.test>,\r\n\t=?iso-8859-1?b?5GE=?= <c@x.test>\r\n' +
        'Subject: =?utf-8?b?w6Q=?=\r\n =?utf-8?b?w7Y=?= end\r\nMessage-ID: <1@y>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nhi',
    );
    const before = Date.now();
    const id = await deliver(store.delivery, bytes, ['Ann@X.test', 'c@x.test']);
    const [entry] = await (await store.mail.of('ann@x.test')).list('inbox');
    assert.equal(entry?.id, id);
    assert.deepEqual(entry?.headers, {
      from: 'Jörg <j@y.test>',
      to: ['"A, B" <ann@x.test>', 'äa <c@x.test>'],
      subject: 'äö end',
      messageId: '<1@y>',
      date: 'Tue, 24 Nov 2026 10:00:00 +0000',
    });
    assert.deepEqual(entry?.envelope, { from: 'bob@y.test', to: ['Ann@X.test', 'c@x.test'] });
    assert.ok(Date.parse(entry?.receivedAt ?? '') >= before);
    assert.deepEqual(entry?.flags, []);
  });

  check('each owner has its own view, the star sees each message once under its id', async ({ store }) => {
    const a = await deliver(store.delivery, message('one'), ['ann@x.test', 'cat@x.test']);
    const b = await deliver(store.delivery, message('two'), ['cat@x.test'], 'test7');
    const views = await Promise.all(
      ['ann@x.test', 'CAT@X.test', 'test7', '*'].map(async (owner) => inbox(await store.mail.of(owner))),
    );
    const one = { id: a, subject: 'one' };
    const two = { id: b, subject: 'two' };
    assert.deepEqual(views, [
      [{ uid: 1, ...one }],
      [
        { uid: 1, ...one },
        { uid: 2, ...two },
      ],
      [{ uid: 1, ...two }],
      [
        { uid: Number(a), ...one },
        { uid: Number(b), ...two },
      ],
    ]);
  });

  check('removing counts what was there; uids and ids are never used again', async ({ store }) => {
    for (const subject of ['a', 'b', 'c']) await deliver(store.delivery, message(subject), ['ann@x.test']);
    const mail = await store.mail.of('ann@x.test');
    assert.equal(await mail.remove('INBOX', [2, 3, 3, 99]), 2);
    assert.deepEqual(
      (await mail.list('INBOX')).map((entry) => entry.uid),
      [1],
    );
    await fails('CS_NOT_FOUND', () => whole(mail.read('INBOX', 3)));
    const id = await deliver(store.delivery, message('d'), ['ann@x.test']);
    assert.equal(id, '4');
    assert.equal((await inbox(mail)).at(-1)?.uid, 4);
  });

  check('a message is gone with its last owner; removed by the star it is gone everywhere', async ({ store }) => {
    await deliver(store.delivery, message('both'), ['ann@x.test', 'cat@x.test']);
    const [ann, cat, star] = await owners(store.mail, 'ann@x.test', 'cat@x.test', '*');
    await ann.remove('INBOX', [1]);
    assert.equal((await inbox(star)).length, 1);
    assert.equal((await inbox(cat)).length, 1);
    await cat.remove('INBOX', [1]);
    assert.equal((await inbox(star)).length, 0);
    const id = await deliver(store.delivery, message('again'), ['ann@x.test', 'cat@x.test']);
    assert.equal(await star.remove('INBOX', [Number(id)]), 1);
    assert.deepEqual([await inbox(ann), await inbox(cat)], [[], []]);
  });

  check('mailbox facts add up', async ({ store }) => {
    const mail = await store.mail.of('ann@x.test');
    const [empty] = await mail.mailboxes();
    assert.equal(empty?.name, 'INBOX');
    assert.deepEqual([empty?.messages, empty?.bytes, empty?.unseen, empty?.uidNext], [0, 0, 0, 1]);
    const bytes = message('one');
    await deliver(store.delivery, bytes, ['ann@x.test']);
    await deliver(store.delivery, bytes, ['ann@x.test']);
    await mail.flag?.('INBOX', [1], 'add', ['\\seen']);
    const [full] = await mail.mailboxes();
    assert.deepEqual([full?.messages, full?.bytes, full?.uidNext], [2, 2 * bytes.length, 3]);
    assert.equal(full?.unseen, mail.flag ? 1 : 2);
    assert.equal(full?.uidValidity, empty?.uidValidity);
    assert.ok(full!.highestModseq > empty!.highestModseq);
  });

  check('list takes uids in any order and gives them ascending', async ({ store }) => {
    for (const subject of ['a', 'b', 'c']) await deliver(store.delivery, message(subject), ['ann@x.test']);
    const entries = await (await store.mail.of('ann@x.test')).list('INBOX', [3, 77, 1]);
    assert.deepEqual(
      entries.map((entry) => entry.uid),
      [1, 3],
    );
    await fails('CS_NOT_FOUND', async () => (await store.mail.of('ann@x.test')).list('nowhere'));
  });

  check('flags are added, removed and replaced, caseless, with a new modseq', async ({ store }) => {
    await deliver(store.delivery, message('a'), ['ann@x.test']);
    const mail = await store.mail.of('ann@x.test');
    if (!mail.flag) return;
    const now = async (): Promise<{ flags: readonly string[]; modseq: number }> => (await mail.list('INBOX', [1]))[0]!;
    const before = (await now()).modseq;
    await mail.flag('INBOX', [1, 9], 'add', ['\\SEEN', 'Work', 'work', '\\Recent']);
    assert.deepEqual((await now()).flags, ['\\Seen', 'Work']);
    assert.ok((await now()).modseq > before);
    await mail.flag('INBOX', [1], 'remove', ['WORK']);
    assert.deepEqual((await now()).flags, ['\\Seen']);
    await mail.flag('INBOX', [1], 'replace', ['\\deleted']);
    assert.deepEqual((await now()).flags, ['\\Deleted']);
    assert.equal((await mail.mailboxes())[0]?.unseen, 1);
  });

  check('mailboxes are made, filled by copy and append, and dropped', async ({ store }) => {
    await deliver(store.delivery, message('a'), ['ann@x.test']);
    const mail = await store.mail.of('ann@x.test');
    if (!(mail.create && mail.copy && mail.append && mail.drop)) return;
    await mail.create('Work/2026 ä');
    for (const there of ['Work/2026 ä', 'inbox']) await fails('CS_EXISTS', () => mail.create?.(there));
    for (const bad of ['', '/', 'a//b', 'x\n']) await fails('CS_INPUT', () => mail.create?.(bad));
    assert.deepEqual((await mail.copy('INBOX', [1, 5], 'Work/2026 ä')).to, [1]);
    const draft = await mail.append('Work/2026 ä', { flags: ['\\seen'], receivedAt: '2020-01-01T00:00:00.000Z' });
    await draft.write(message('b'));
    await draft.commit();
    const entries = await mail.list('Work/2026 ä');
    assert.deepEqual(
      entries.map(({ uid, headers, flags }) => [uid, headers.subject, flags]),
      [
        [1, 'a', []],
        [2, 'b', ['\\Seen']],
      ],
    );
    assert.equal(entries[1]?.receivedAt, '2020-01-01T00:00:00.000Z');
    await mail.remove('INBOX', [1]);
    assert.deepEqual(await whole(mail.read('Work/2026 ä', 1)), message('a'));
    const validity = (await mail.mailboxes()).find((box) => box.name !== 'INBOX')?.uidValidity ?? 0;
    await mail.drop('Work/2026 ä');
    assert.equal((await inbox(await store.mail.of('*'))).length, 0);
    await fails('CS_NOT_FOUND', () => mail.drop?.('Work/2026 ä'));
    await fails('CS_INPUT', () => mail.drop?.('INBOX'));
    await mail.create('Work/2026 ä');
    const again = (await mail.mailboxes()).find((box) => box.name !== 'INBOX');
    assert.ok(again!.uidValidity > validity);
  });

  check('search finds words in subject, addresses and text, folded, as beginnings', async ({ store }) => {
    await deliver(store.delivery, message('Your Café code', 'The code is 482911.\r\n'), ['ann@x.test']);
    await deliver(store.delivery, message('other', 'nothing here\r\n'), ['ann@x.test']);
    const html = Buffer.from(
      'Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nContent-Type: text/html; charset=utf-8\r\n' +
        'Content-Transfer-Encoding: base64\r\n\r\n' +
        `${Buffer.from('<style>secretword{}</style><p>verify <b>link</b></p>').toString('base64')}\r\n`,
    );
    await deliver(store.delivery, html, ['ann@x.test']);
    const mail = await store.mail.of('ann@x.test');
    if (!mail.search) return;
    const rows: [string, number[]][] = [
      ['cafe CODE', [1]],
      ['4829', [1]],
      ['bob@y.test', [1, 2]],
      ['noth', [2]],
      ['othing', []],
      ['verify link', [3]],
      ['secretword', []],
      ['code "OR" other', []],
      ['', [1, 2, 3]],
    ];
    for (const [words, uids] of rows) assert.deepEqual(await mail.search('INBOX', words), uids, words);
    await deliver(store.delivery, message('late verify'), ['ann@x.test']);
    assert.deepEqual(await mail.search('INBOX', 'verify'), [3, 4]);
    await mail.remove('INBOX', [3]);
    assert.deepEqual(await mail.search('INBOX', 'verify'), [4]);
  });

  check('one session at a time holds a maildrop', async ({ store }) => {
    const first = store.mail.lock('ann@x.test');
    assert.ok(first);
    assert.equal(store.mail.lock('Ann@x.test'), undefined);
    const other = store.mail.lock('cat@x.test');
    assert.ok(other);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const second = store.mail.lock('ann@x.test');
    assert.ok(second);
    first[Symbol.dispose]();
    assert.equal(store.mail.lock('ann@x.test'), undefined, 'a disposed lock must not open its successor');
    second[Symbol.dispose]();
    other[Symbol.dispose]();
  });

  check('clear empties every mailbox and reuses neither id nor uid nor cursor', async ({ store }) => {
    for (const subject of ['a', 'b']) await deliver(store.delivery, message(subject), ['ann@x.test']);
    const mark = await store.journal.mark();
    assert.equal(await store.mail.clear(), 2);
    assert.equal(await store.mail.clear(), 0);
    const [ann, star] = await owners(store.mail, 'ann@x.test', '*');
    assert.deepEqual([await inbox(ann), await inbox(star)], [[], []]);
    assert.ok((await store.journal.mark()) >= mark);
    assert.equal(await deliver(store.delivery, message('c'), ['ann@x.test']), '3');
    assert.deepEqual(await inbox(ann), [{ uid: 3, id: '3', subject: 'c' }]);
  });
}

async function owners(
  mail: { of(owner: string): Promise<MailStore> },
  ...names: string[]
): Promise<[MailStore, MailStore, MailStore]> {
  return (await Promise.all(names.map((name) => mail.of(name)))) as [MailStore, MailStore, MailStore];
}
