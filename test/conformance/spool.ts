import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '../../src/contracts/delivery.ts';
import type { Spool, SpoolLease } from '../../src/contracts/spool.ts';
import { noise } from '../property.ts';
import { envelope, fails, type Make, whole } from './harness.ts';

/** `Spool`: what everything that keeps mail on its way out does alike. */
export function spoolSuite(name: string, make: Make): void {
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
  const LATER = Date.now() + 3_600_000;

  check('a spooled message keeps its octets, its envelope and a state for each recipient', async ({ store }) => {
    const { spool } = store;
    for (const size of [0, 1, 5000, 400_000]) {
      const bytes = noise(size);
      const id = await put(spool, bytes, ['ann@X.test'], {
        ret: 'HDRS',
        envid: 'e1',
        body: '8BITMIME',
        smtputf8: true,
      });
      assert.deepEqual(await whole(spool.read(id)), bytes);
      assert.deepEqual(await whole(spool.read(id, { start: 1, end: 4000 })), bytes.subarray(1, 4000));
      const found = (await spool.list()).find((one) => one.id === id);
      assert.deepEqual(found?.envelope, {
        from: 'bob@y.test',
        ret: 'HDRS',
        envid: 'e1',
        body: '8BITMIME',
        smtputf8: true,
        user: 'bob',
      });
      assert.equal(found?.size, size);
      const [recipient] = found?.recipients ?? [];
      assert.ok((recipient?.due ?? Infinity) <= Date.now());
      assert.deepEqual(
        { ...recipient, due: 0 },
        { n: 0, address: 'ann@X.test', domain: 'x.test', tries: 0, due: 0, busy: false, reply: null, warned: false },
      );
    }
  });

  check(
    'DSN wishes of each recipient come back, and international domains as A-labels',
    async ({ store: { spool } }) => {
      const to: Envelope['to'] = [
        { address: 'ann@bücher.test', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;ann+x@y.test' },
        { address: 'cat@[127.0.0.1]', notify: ['NEVER'] },
      ];
      const draft = await spool.open({ ...envelope([], 'bob'), to });
      await draft.commit();
      const [message] = await spool.list();
      assert.deepEqual(
        message?.recipients.map(({ address, notify, orcpt, domain }) => ({ address, notify, orcpt, domain })),
        [
          { ...to[0], domain: 'xn--bcher-kva.test' },
          { ...to[1], orcpt: undefined, domain: '[127.0.0.1]' },
        ],
      );
    },
  );

  check('nothing is there before commit, nor after abort', async ({ store: { spool } }) => {
    const draft = await spool.open(envelope(['ann@x.test']));
    await draft.write(noise(300_000));
    assert.deepEqual(await spool.list(), []);
    assert.equal(await spool.due(), undefined);
    await draft.abort();
    assert.deepEqual(await spool.list(), []);
    assert.deepEqual(await spool.lease(Date.now(), LATER, 10, []), []);
  });

  check('a lease is one message in one domain, and nobody else has it meanwhile', async ({ store: { spool } }) => {
    const id = await put(spool, Buffer.from('x'), ['a@one.test', 'b@TWO.test', 'c@one.test']);
    const leases = await spool.lease(Date.now(), LATER, 10, []);
    assert.deepEqual(leases.map(told).sort(), [`${id} one.test a c`, `${id} two.test b`]);
    assert.deepEqual(await spool.lease(Date.now(), LATER, 10, []), []);
    assert.deepEqual(
      (await spool.list())[0]?.recipients.map(({ busy }) => busy),
      [true, true, true],
    );
    assert.equal(await spool.due(), LATER);
  });

  check('as many as wanted, the oldest first, and none for busy domains', async ({ store: { spool } }) => {
    const ids: string[] = [];
    for (const to of ['a@one.test', 'b@two.test', 'c@one.test']) ids.push(await put(spool, Buffer.from('x'), [to]));
    assert.ok(((await spool.due(['two.test'])) ?? Infinity) <= Date.now());
    assert.equal(await spool.due(['one.test', 'two.test']), undefined);
    assert.deepEqual((await spool.lease(Date.now(), LATER, 1, ['two.test'])).map(told), [`${ids[0]} one.test a`]);
    assert.deepEqual((await spool.lease(Date.now(), LATER, 5, ['one.test'])).map(told), [`${ids[1]} two.test b`]);
    assert.deepEqual((await spool.lease(Date.now(), LATER, 5, [])).map(told), [`${ids[2]} one.test c`]);
  });

  check('what is settled is gone or waits; the message goes with its last recipient', async ({ store: { spool } }) => {
    const id = await put(spool, noise(300_000), ['a@x.test', 'b@x.test']);
    const first = await only(spool, Date.now());
    const due = Date.now() + 60_000;
    const again = { n: 1, gone: false, due, reply: '451 4.7.1 later', warned: true } as const;
    assert.equal(await spool.settle(first, [{ n: 0, gone: true }, again]), true);
    const [left] = await spool.list();
    assert.deepEqual(left?.recipients, [
      {
        n: 1,
        address: 'b@x.test',
        domain: 'x.test',
        tries: 1,
        due,
        busy: false,
        reply: '451 4.7.1 later',
        warned: true,
      },
    ]);
    assert.equal(await spool.due(), due);
    assert.deepEqual(await spool.lease(due - 1, LATER, 10, []), []);
    const second = await only(spool, due);
    assert.equal(second.recipients[0]?.tries, 1);
    assert.equal(await spool.settle(second, [{ n: 1, gone: true }]), true);
    assert.deepEqual(await spool.list(), []);
    await fails('CS_NOT_FOUND', () => whole(spool.read(id)));
  });

  check('a lease that ran out is taken over, and its holder changes nothing any more', async ({ store: { spool } }) => {
    await put(spool, Buffer.from('x'), ['a@x.test']);
    const now = Date.now();
    const stale = await only(spool, now, now + 1000);
    assert.equal(await spool.extend(stale, now + 2000), true);
    assert.deepEqual(await spool.lease(now + 1500, LATER, 10, []), []);
    const fresh = await only(spool, now + 2000);
    assert.equal(await spool.settle(stale, [{ n: 0, gone: true }]), false);
    assert.equal(await spool.extend(stale, LATER), false);
    assert.equal((await spool.list()).length, 1);
    assert.equal(await spool.settle(fresh, [{ n: 0, gone: true }]), true);
    assert.deepEqual(await spool.list(), []);
  });

  check('retry makes due, of all or of some; remove forgets', async ({ store: { spool } }) => {
    const ids = [
      await put(spool, Buffer.from('x'), ['a@x.test', 'b@x.test']),
      await put(spool, Buffer.from('y'), ['c@x.test']),
    ];
    const far = Date.now() + 86_400_000;
    for (const lease of await spool.lease(Date.now(), LATER, 10, [])) {
      const outcomes = lease.recipients.map(
        ({ n }) => ({ n, gone: false, due: far, reply: '450 no', warned: false }) as const,
      );
      await spool.settle(lease, outcomes);
    }
    assert.deepEqual(await spool.lease(Date.now(), LATER, 10, []), []);
    assert.equal(await spool.retry([ids[1]!, '999']), 1);
    assert.equal((await spool.lease(Date.now(), Date.now(), 10, [])).length, 1);
    assert.equal(await spool.retry(), 3);
    assert.equal(await spool.remove([ids[0]!, ids[0]!, '999']), 1);
    assert.deepEqual(
      (await spool.list()).map(({ id }) => id),
      [ids[1]],
    );
  });

  check('mail that is removed leaves the queue alone', async ({ store }) => {
    const bytes = noise(300_000);
    const id = await put(store.spool, bytes, ['a@x.test']);
    await store.mail.clear();
    assert.deepEqual(await whole(store.spool.read(id)), bytes);
  });

  check('what was spooled is there after a restart', async ({ store, reopen }) => {
    if (!reopen) return;
    const bytes = noise(300_000);
    const id = await put(store.spool, bytes, ['a@x.test']);
    const again = await reopen();
    assert.deepEqual(await whole(again.spool.read(id)), bytes);
    assert.equal((await again.spool.lease(Date.now(), LATER, 10, [])).length, 1);
  });
}

async function put(
  spool: Spool,
  bytes: Uint8Array,
  to: readonly string[],
  more: Partial<Envelope> = {},
): Promise<string> {
  const draft = await spool.open(envelope(to, 'bob', more));
  for (let at = 0; at < bytes.length; at += 70_000) await draft.write(bytes.slice(at, at + 70_000));
  const receipt = await draft.commit();
  assert.deepEqual(
    receipt.results.map(({ accepted }) => accepted),
    to.map(() => true),
  );
  return receipt.id;
}

async function only(spool: Spool, now: number, until = now + 3_600_000): Promise<SpoolLease> {
  const leases = await spool.lease(now, until, 10, []);
  assert.equal(leases.length, 1);
  return leases[0]!;
}

function told({ id, domain, recipients }: SpoolLease): string {
  return `${id} ${domain} ${recipients.map(({ address }) => address.split('@')[0]).join(' ')}`;
}
