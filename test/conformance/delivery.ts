import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliver, envelope, inbox, type Make, message, whole } from './harness.ts';

export function deliverySuite(name: string, make: Make): void {
  const check = (what: string, body: (subject: Awaited<ReturnType<Make>>) => Promise<void>): void => {
    test(`${name}: ${what}`, { timeout: 300_000 }, async () => {
      const subject = await make();
      try {
        await body(subject);
      } finally {
        await subject.close();
      }
    });
  };

  check('nothing is visible before commit resolved, everything after', async ({ store }) => {
    const star = await store.mail.of('*');
    const draft = await store.delivery.open(envelope(['ann@x.test']));
    await draft.write(message('later'));
    assert.deepEqual(await inbox(star), []);
    const receipt = await draft.commit();
    assert.deepEqual(await inbox(star), [{ uid: Number(receipt.id), id: receipt.id, subject: 'later' }]);
    assert.deepEqual(receipt.results, [{ address: 'ann@x.test', accepted: true, reply: '250 2.1.5 ok' }]);
  });

  check('an aborted draft leaves nothing, whatever its size', async ({ store }) => {
    const mark = await store.journal.mark();
    for (const size of [0, 10, 100_000, 1_000_000]) {
      const draft = await store.delivery.open(envelope(['ann@x.test'], undefined, size ? { size } : {}));
      for (let at = 0; at < size; at += 50_000) await draft.write(Buffer.alloc(Math.min(50_000, size - at), 'x'));
      await draft.abort();
      await draft.abort();
    }
    assert.deepEqual(await inbox(await store.mail.of('*')), []);
    assert.equal(await store.journal.mark(), mark);
  });

  check('octets that a draft calls spent may be overwritten, whatever the size', async ({ store }) => {
    for (const size of [1000, 100_000, 3_000_000]) {
      const bytes = message('spent', 'every line is another\r\n'.repeat(size / 20));
      const draft = await store.delivery.open(envelope(['ann@x.test']));
      for (let at = 0; at < bytes.length; at += 50_000) {
        const piece = Buffer.from(bytes.subarray(at, at + 50_000));
        await draft.write(piece, () => piece.fill(0));
      }
      const { id } = await draft.commit();
      assert.deepEqual(await whole((await store.mail.of('*')).read('INBOX', Number(id))), bytes);
    }
  });

  check('a thousand drafts at once are all there, each with its own octets', async ({ store }) => {
    const count = 1000;
    const ids = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const draft = await store.delivery.open(envelope([`user${n % 7}@x.test`]));
        await draft.write(message(`m${n}`, `${n}\r\n`.repeat(1 + (n % 50))));
        if (n % 10 === 3) {
          await draft.abort();
          return undefined;
        }
        return (await draft.commit()).id;
      }),
    );
    const kept = ids.filter((id) => id !== undefined);
    assert.equal(new Set(kept).size, 900);
    const star = await store.mail.of('*');
    assert.equal((await star.list('INBOX')).length, 900);
    for (const n of [0, 1, 499, 998]) {
      const bytes = await whole(star.read('INBOX', Number(ids[n])));
      assert.deepEqual(bytes, message(`m${n}`, `${n}\r\n`.repeat(1 + (n % 50))));
    }
    const boxes = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6].map(async (n) => inbox(await store.mail.of(`user${n}@x.test`))),
    );
    assert.equal(boxes.flat().length, 900);
    for (const box of boxes) {
      assert.deepEqual(
        box.map((entry) => entry.uid),
        box.map((_, index) => index + 1),
      );
    }
  });

  check('an account gets the mail of its addresses, sub-address included', async ({ store }) => {
    const now = new Date().toISOString();
    await store.users.put({
      name: 'ann',
      password: undefined,
      addresses: ['Ann@x.test', 'sales@Bücher.test'],
      createdAt: now,
      updatedAt: now,
    });
    const to = ['ann@X.test', 'ann+tag@x.test', 'sales@xn--bcher-kva.test', 'bea+tag@x.test'];
    for (const address of to) await deliver(store.delivery, message(address), [address]);
    assert.equal((await inbox(await store.mail.of('ann'))).length, 3);
    assert.equal((await inbox(await store.mail.of('bea+tag@x.test'))).length, 1);
    assert.equal((await inbox(await store.mail.of('ann@x.test'))).length, 0);
  });

  check('a wrap may say whose mail it becomes', async ({ store }) => {
    const draft = await store.delivery.open(envelope(['ann@x.test'], 'bob', { owners: ['ann'] }));
    await draft.write(message('wrapped'));
    await draft.commit();
    assert.equal((await inbox(await store.mail.of('ann'))).length, 1);
    assert.equal((await inbox(await store.mail.of('bob'))).length, 0);
  });
}
