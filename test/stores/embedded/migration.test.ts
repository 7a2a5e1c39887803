import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MailStore } from '../../../src/contracts/mail.ts';
import { migrate } from '../../../src/stores/embedded/schema.ts';
import { loadSqlite } from '../../../src/stores/embedded/sqlite.ts';
import { deliver, inbox, message, whole } from '../../conformance/harness.ts';
import { freshDir, openAt } from './subject.ts';

const RECEIVED = Date.parse('2026-01-01T00:00:00.123Z');

for (const version of [1, 2]) {
  test(`a store of schema ${version} opens, and has all that is new`, { timeout: 20_000 }, async () => {
    const dir = await freshDir();
    try {
      await mkdir(dir, { recursive: true });
      const Sqlite = await loadSqlite();
      const db = new Sqlite(join(dir, 'store.db'));
      db.exec('PRAGMA journal_mode = WAL');
      migrate(db, version);
      const headers = { from: 'bob@y.test', to: ['ann@x.test'], subject: 'old', messageId: '', date: '' };
      const facts = JSON.stringify({ from: 'bob@y.test', to: ['ann@x.test'], headers });
      const content = message('old', 'needle\r\n');
      db.prepare('INSERT INTO messages (size, received_at, facts, content) VALUES (?, ?, ?, ?)').run(
        content.length,
        new Date(RECEIVED).toISOString(),
        facts,
        content,
      );
      db.exec(`
        INSERT INTO mailboxes (owner, name, uid_validity, uid_next, modseq, messages, bytes, unseen)
          VALUES ('ann@x.test', 'INBOX', 77, 9, 12, 1, ${content.length}, 0);
        INSERT INTO entries VALUES (2, 8, 1, '["\\\\Seen"]', 12), (1, 1, 1, '["\\\\Seen"]', 2);
        UPDATE mailboxes SET uid_next = 2, modseq = 2, messages = 1, bytes = ${content.length} WHERE id = 1;
        UPDATE meta SET value = 1 WHERE key = 'indexed'`);
      db.close();
      const store = await openAt(dir);
      const mail = (await store.mail.of('ann@x.test')) as Required<MailStore>;
      assert.deepEqual(await inbox(mail), [{ uid: 8, id: '1', subject: 'old' }]);
      const view = await mail.open('INBOX');
      assert.deepEqual([view.mailbox.uidValidity, view.mailbox.uidNext, view.mailbox.highestModseq], [77, 9, 12]);
      assert.deepEqual([[...view.uids], view.flagSets], [[8], [['\\Seen']]]);
      assert.equal((await mail.changes('INBOX', 5)).complete, false, 'what went before nobody noted');
      assert.equal((await mail.changes('INBOX', 12)).complete, true);
      for await (const [one] of mail.scan('INBOX', [8], { index: ['envelope'], header: true })) {
        assert.match(one!.index!.envelope!, /"old"/);
        const { savedAt, receivedAt, size } = one!;
        assert.deepEqual([savedAt, receivedAt, size], [RECEIVED, RECEIVED, content.length]);
      }
      assert.deepEqual([...(await mail.contains('INBOX', 'body', 'eedl'))], [8]);
      assert.deepEqual(await mail.search('INBOX', 'needle'), [8]);
      assert.equal(await mail.origin('INBOX', 8), undefined, 'nobody noted who delivered it');
      await mail.remove('INBOX', [8]);
      assert.deepEqual((await mail.changes('INBOX', 12)).vanished, [8]);
      assert.deepEqual(
        await whole((await store.mail.of('ann@x.test')).read('INBOX', 8)).catch(({ code }) => code),
        'CS_NOT_FOUND',
      );
      await store[Symbol.asyncDispose]();
    } finally {
      await rm(dir, { recursive: true });
    }
  });
}

test('mail of schema 3 has no origin, and new mail beside it has one', { timeout: 20_000 }, async () => {
  const dir = await freshDir();
  try {
    const Sqlite = await loadSqlite();
    const db = new Sqlite(join(dir, 'store.db'));
    db.exec('PRAGMA journal_mode = WAL');
    migrate(db, 3);
    const headers = { from: '', to: [], subject: 'old', messageId: '', date: '' };
    const facts = JSON.stringify({ from: 'bob@y.test', to: [], headers });
    db.prepare('INSERT INTO messages (size, received_at, facts, content) VALUES (3, ?, ?, ?)').run(
      '2026-01-01T00:00:00.000Z',
      facts,
      Buffer.from('old'),
    );
    db.exec(`INSERT INTO entries (mailbox, uid, message, flags, modseq) VALUES (1, 1, 1, '[]', 2)`);
    db.close();
    await using store = await openAt(dir);
    const id = await deliver(store.delivery, message('new'), ['ann@x.test']);
    const mail = (await store.mail.of('*')) as Required<MailStore>;
    assert.deepEqual(
      (await mail.list('INBOX')).map((entry) => entry.headers.subject),
      ['old', 'new'],
    );
    assert.equal(await mail.origin('INBOX', 1), undefined);
    assert.equal((await mail.origin('INBOX', Number(id)))?.helo, 'client.test');
  } finally {
    await rm(dir, { recursive: true });
  }
});
