/** Inboxes for a while, on a store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccounts } from '../../src/auth/accounts.ts';
import { openLending } from '../../src/auth/lent-inboxes.ts';
import type { LoginSource } from '../../src/contracts/accounts.ts';
import type { OpenStore } from '../../src/contracts/store.ts';
import type { Secret } from '../../src/kit/secret.ts';
import { deliver, fails, inbox, type Make, message, type Subject, take } from './harness.ts';

const FROM: LoginSource = {
  protocol: 'imap',
  server: 'imap',
  conn: 'c1',
  address: '127.0.0.1',
  loopback: true,
  secure: false,
};

const SESSION = {
  server: 'smtp',
  conn: 'c1',
  with: 'ESMTP',
  helo: 'x.test',
  address: '127.0.0.1',
  user: undefined,
  secure: false,
};

export function lendingSuite(name: string, make: Make): void {
  const check = (what: string, body: (subject: Subject) => Promise<void>): void => {
    test(`${name}: ${what}`, { timeout: 120_000 }, async () => {
      const subject = await make();
      // Without a server nothing else keeps the process until an inbox expires.
      const held = setTimeout(() => {}, 120_000);
      try {
        await body(subject);
      } finally {
        clearTimeout(held);
        await subject.close();
      }
    });
  };
  const lendingOn = ({ users: records, mail, journal }: OpenStore) =>
    openLending({ records, mail, journal, log: () => {} });
  const accountsOn = ({ users: records, journal }: OpenStore, mode: 'any' | 'required') =>
    createAccounts({ records, journal, mode, log: () => {}, throttleLoopback: false });
  const login = (store: OpenStore, mode: 'any' | 'required', user: string, token: Secret) =>
    accountsOn(store, mode).verify(user, { kind: 'password', password: token }, FROM);
  const facts = async (store: OpenStore, count: number) =>
    (await take(store.journal, 0, count, ['inbox.opened', 'inbox.closed'])).map(({ event, inbox: of, reason }) => [
      event,
      of,
      reason,
    ]);

  check(
    'a lent inbox has mail by its address, sub-addresses and login; ended, all of it is gone',
    async ({ store }) => {
      const lending = await lendingOn(store);
      const { inbox: lent, token } = await lending.lend({ name: 'User signs up!', by: '' });
      assert.match(lent.name, /^user-signs-up-[0-9a-z]{10}$/);
      assert.equal(lent.address, `${lent.name}@inbox.test`);
      assert.equal(Date.parse(lent.expiresAt) - Date.parse(lent.createdAt), 3_600_000);
      for (const address of [lent.address.toUpperCase(), lent.address.replace('@', '+tag@')]) {
        await deliver(store.delivery, message('in'), [address, 'both@x.test']);
      }
      await deliver(store.delivery, message('out'), ['customer@x.test'], lent.name);
      const mail = await store.mail.of(lent.name);
      assert.deepEqual(
        (await inbox(mail)).map(({ subject }) => subject),
        ['in', 'in', 'out'],
      );
      await mail.create!('Kept');
      await mail.copy!('INBOX', [1], 'Kept');
      await mail.subscribe!('Kept', true);
      for (const mode of ['any', 'required'] as const) {
        assert.deepEqual(await login(store, mode, lent.name, token), {
          name: lent.name,
          addresses: [lent.address],
          known: true,
          confined: true,
        });
        assert.equal((await accountsOn(store, mode).bearer!(token, FROM))?.name, lent.name);
      }

      assert.equal(await lending.end(lent.name), 4);
      assert.equal(await store.users.get(lent.name), undefined);
      assert.equal(await store.users.byAddress(lent.address), undefined);
      const left = await (await store.mail.of(lent.name)).mailboxes();
      assert.deepEqual(
        left.map(({ name: box, messages }) => [box, messages]),
        [['INBOX', 0]],
      );
      assert.equal((await inbox(await store.mail.of('both@x.test'))).length, 2, 'who got it too has it still');
      assert.equal((await inbox(await store.mail.of('customer@x.test'))).length, 1);
      assert.equal((await inbox(await store.mail.of('*'))).length, 3);
      for (const mode of ['any', 'required'] as const) {
        assert.equal(await login(store, mode, lent.name, token), undefined, 'a token of nobody opens nothing');
        assert.equal(await accountsOn(store, mode).bearer!(token, FROM), undefined);
      }
      assert.deepEqual(await facts(store, 2), [
        ['inbox.opened', lent.name, undefined],
        ['inbox.closed', lent.name, 'removed'],
      ]);
      await fails('CS_NOT_FOUND', () => lending.end(lent.name));
      await fails('CS_NOT_FOUND', () => lending.prolong(lent.name, 1000));
      lending.close();
    },
  );

  check('mail that nobody else has goes with its inbox, from everywhere', async ({ store }) => {
    const lending = await lendingOn(store);
    const { inbox: lent } = await lending.lend({ by: '' });
    await deliver(store.delivery, message('small'), [lent.address]);
    await deliver(store.delivery, message('large', 'x'.repeat(400_000)), [lent.address]);
    await lending.end(lent.name);
    assert.deepEqual(await inbox(await store.mail.of('*')), []);
    lending.close();
  });

  check('an inbox ends by itself, at its time and not before: using it changes nothing', async ({ store }) => {
    const lending = await lendingOn(store);
    const { inbox: long } = await lending.lend({ by: '' });
    const { inbox: brief } = await lending.lend({ ttl: 100, by: '' });
    const { inbox: lent, token } = await lending.lend({ ttl: 60_000, by: '' });
    const life = await lending.life(lent.name);
    await deliver(store.delivery, message('in'), [lent.address]);
    await login(store, 'any', lent.name, token);
    assert.equal((await lending.find(lent.name))?.expiresAt, lent.expiresAt);
    const [first] = await take(store.journal, 0, 1, ['inbox.closed']);
    assert.deepEqual([first!.inbox, first!.reason, first!.messages], [brief.name, 'expired', 0]);
    assert.ok(Date.parse(first!.ts) >= Date.parse(brief.expiresAt) - 5, 'not before its time');
    // Its use is over, however long that took.
    const { expiresAt } = await lending.prolong(lent.name, 100);
    const [, closed] = await take(store.journal, 0, 2, ['inbox.closed']);
    assert.deepEqual([closed!.inbox, closed!.reason, closed!.messages], [lent.name, 'expired', 1]);
    assert.ok(Date.parse(closed!.ts) >= Date.parse(expiresAt) - 5, 'not before its time');
    assert.equal(life?.aborted, true);
    assert.equal(await lending.life(lent.name), undefined);
    assert.deepEqual(await inbox(await store.mail.of('*')), []);
    assert.ok(await lending.find(long.name), 'others stay');
    lending.close();
  });

  check('more time is given from now on', async ({ store }) => {
    const lending = await lendingOn(store);
    const { inbox: lent } = await lending.lend({ ttl: 60_000, by: '' });
    const longer = await lending.prolong(lent.name, 7_200_000);
    assert.ok(Date.parse(longer.expiresAt) - Date.now() > 7_100_000);
    await lending.prolong(lent.name, 1);
    assert.equal((await take(store.journal, 0, 1, ['inbox.closed']))[0]!.reason, 'expired');
    for (const ttl of [0, -1, Number.NaN, 8 * 24 * 3_600_000]) {
      await fails('CS_INPUT', () => lending.lend({ ttl, by: '' }));
    }
    lending.close();
  });

  check('an inbox holds no more than it may', async ({ store }) => {
    const lending = await lendingOn(store);
    const { inbox: few } = await lending.lend({ quota: { messages: 1 }, by: '' });
    const { inbox: short } = await lending.lend({ quota: { bytes: 1000 }, by: '' });
    await deliver(store.delivery, message('one'), [few.address]);
    await fails('CS_QUOTA', () => deliver(store.delivery, message('two'), [few.address]));
    const asked = async (address: string) => store.delivery.check?.({ address }, SESSION, 'a@x.test');
    for (const full of [few.address, few.address.replace('@', '+tag@')]) {
      await fails('CS_PEER_REFUSED', () => asked(full));
    }
    for (const roomy of [short.address, 'ann@x.test']) await asked(roomy);
    await fails('CS_QUOTA', () => deliver(store.delivery, message('long', 'x'.repeat(1000)), [short.address]));
    await deliver(store.delivery, message('two'), [short.address, 'ann@x.test']);
    const mail = await store.mail.of(few.name);
    assert.deepEqual((await mail.quota!()).messages, { used: 1, limit: 1 });
    await mail.create!('Kept');
    await fails('CS_QUOTA', () => mail.copy!('INBOX', [1], 'Kept'));
    await mail.remove('INBOX', [1]);
    await deliver(store.delivery, message('three'), [few.address]);
    lending.close();
  });

  check(
    'what was lent is known after a restart; what expired meanwhile is gone before anybody asks',
    async (subject) => {
      const { reopen } = subject;
      if (!reopen) return;
      const first = await lendingOn(subject.store);
      const { inbox: long, token } = await first.lend({ by: 'ann' });
      const { inbox: short, token: gone } = await first.lend({ ttl: 60_000, by: '' });
      await deliver(subject.store.delivery, message('long'), [long.address]);
      await deliver(subject.store.delivery, message('short'), [short.address]);
      const record = (await subject.store.users.get(short.name))!;
      const earlier = { ...record.lent!, expiresAt: new Date(Date.now() - 1).toISOString() };
      await subject.store.users.put({ ...record, lent: earlier });
      assert.doesNotMatch(JSON.stringify(record), new RegExp(gone.reveal().slice(4, 20)), 'only its hash is kept');
      first.close();
      const store = await reopen();
      const lending = await lendingOn(store);
      assert.deepEqual(await lending.find(long.name), long);
      assert.equal((await login(store, 'required', long.name, token))?.confined, true);
      assert.equal(await lending.find(short.name), undefined);
      assert.equal(await login(store, 'any', short.name, gone), undefined);
      assert.deepEqual(
        (await inbox(await store.mail.of('*'))).map(({ subject: about }) => about),
        ['long'],
      );
      assert.equal((await take(store.journal, 0, 1, ['inbox.closed']))[0]!.reason, 'expired');
      lending.close();
    },
  );
}
