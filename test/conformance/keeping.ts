/** What a store keeps: retention over all mail, quotas by owner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MailStore } from '../../src/contracts/mail.ts';
import { deliver, envelope, fails, inbox, message, type Subject, take } from './harness.ts';

export interface Kept {
  readonly keepMessages?: number;
  readonly keepDays?: number;
  readonly keepBytes?: number;
  readonly mailQuota?: number;
  readonly mailCount?: number;
}

export function keepingSuite(name: string, make: (kept: Kept) => Promise<Subject>): void {
  const check = (
    what: string,
    kept: Kept,
    body: (subject: Subject, mail: Required<MailStore>) => Promise<void>,
  ): void => {
    test(`${name}: ${what}`, { timeout: 120_000 }, async () => {
      const subject = await make(kept);
      try {
        await body(subject, (await subject.store.mail.of('ann@x.test')) as Required<MailStore>);
      } finally {
        await subject.close();
      }
    });
  };
  const subjects = async (mail: MailStore): Promise<string[]> => (await inbox(mail)).map(({ subject }) => subject);

  check(
    'of more messages than are kept the oldest goes, everywhere, with a fact',
    { keepMessages: 2 },
    async ({ store }, mail) => {
      const large = message('b', 'x'.repeat(400_000));
      for (const bytes of [message('a'), large, message('c')])
        await deliver(store.delivery, bytes, ['ann@x.test', 'cat@x.test']);
      await deliver(store.delivery, message('d'), ['ann@x.test']);
      assert.deepEqual(await subjects(mail), ['c', 'd']);
      assert.deepEqual(await subjects(await store.mail.of('*')), ['c', 'd']);
      assert.deepEqual(await subjects(await store.mail.of('cat@x.test')), ['c']);
      const facts = await take(store.journal, 0, 2, ['limit']);
      assert.deepEqual(
        facts.map(({ limit, count }) => [limit, count]),
        [
          ['retention', 1],
          ['retention', 1],
        ],
      );
      const view = await mail.changes('INBOX', 1);
      assert.deepEqual(view.vanished, [1, 2]);
    },
  );

  check(
    'of more octets than are kept the oldest goes, never the newest',
    { keepBytes: 3000 },
    async ({ store }, mail) => {
      for (const subject of ['a', 'b', 'c'])
        await deliver(store.delivery, message(subject, 'x'.repeat(1000)), ['ann@x.test']);
      assert.deepEqual(await subjects(mail), ['b', 'c']);
      await deliver(store.delivery, message('big', 'x'.repeat(9000)), ['ann@x.test']);
      assert.deepEqual(await subjects(mail), ['big']);
    },
  );

  check('what is older than is kept goes when the next comes', { keepDays: 0 }, async ({ store }, mail) => {
    await deliver(store.delivery, message('a'), ['ann@x.test']);
    const stored = Date.now();
    while (Date.now() <= stored + 1) await new Promise(setImmediate);
    const draft = await mail.append('INBOX', { receivedAt: '2000-01-01T00:00:00.000Z' });
    await draft.write(message('b'));
    await draft.commit();
    assert.ok(!(await subjects(mail)).includes('a'));
  });

  check(
    'an owner has no more messages than allowed, others do not suffer',
    { mailCount: 2 },
    async ({ store }, mail) => {
      for (const subject of ['a', 'b']) await deliver(store.delivery, message(subject), ['ann@x.test']);
      const { session, from } = envelope([]);
      const refused = await fails('CS_PEER_REFUSED', () =>
        store.delivery.check!({ address: 'Ann@x.test' }, session!, from),
      );
      assert.match(refused.reply ?? '', /^452 4\.2\.2 /);
      await store.delivery.check!({ address: 'cat@x.test' }, session!, from);
      await fails('CS_QUOTA', () => deliver(store.delivery, message('c'), ['cat@x.test', 'ann@x.test']));
      await deliver(store.delivery, message('d'), ['cat@x.test']);
      assert.deepEqual(await subjects(await store.mail.of('cat@x.test')), ['d']);
      await mail.create('Box');
      await fails('CS_QUOTA', () => mail.copy('INBOX', [1], 'Box'));
      assert.equal((await mail.move('INBOX', [1], 'Box')).to.length, 1, 'a move takes no room');
      await mail.remove('INBOX', [2]);
      const drafts = [await mail.append('INBOX'), await mail.append('Box')];
      for (const draft of drafts) await draft.write(message('n'));
      await fails('CS_QUOTA', () => mail.commitAll(drafts));
      assert.deepEqual(await subjects(mail), []);
      assert.deepEqual((await mail.quota()).messages, { used: 1, limit: 2 });
      assert.equal((await mail.quota()).bytes.limit, undefined);
      assert.equal((await (await store.mail.of('*')).quota!()).messages.limit, undefined);
    },
  );

  check('an owner has no more octets than allowed', { mailQuota: 2000 }, async ({ store }, mail) => {
    await deliver(store.delivery, message('a', 'x'.repeat(1000)), ['ann@x.test']);
    await fails('CS_QUOTA', () => deliver(store.delivery, message('b', 'x'.repeat(1000)), ['ann@x.test']));
    const draft = await mail.append('INBOX');
    await draft.write(message('b', 'x'.repeat(500_000)));
    await fails('CS_QUOTA', () => draft.commit());
    await draft.abort();
    assert.deepEqual(await subjects(mail), ['a']);
    const other = await mail.append('INBOX');
    await other.write(message('c', 'x'.repeat(1100)));
    await mail.replace('INBOX', 1, other);
    assert.deepEqual(await subjects(mail), ['c'], 'what goes makes room for what comes');
    const longer = await mail.append('INBOX');
    await longer.write(message('d', 'x'.repeat(3000)));
    await fails('CS_QUOTA', () => mail.replace('INBOX', 2, longer));
    assert.deepEqual(await subjects(mail), ['c']);
    assert.equal((await mail.quota()).bytes.limit, 2000);
  });
}
