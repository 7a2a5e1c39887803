import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Delivery, DeliverySession } from '../../../src/contracts/delivery.ts';
import type { NewFact } from '../../../src/contracts/journal.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { networkKey } from '../../../src/net/address.ts';
import { greylist } from '../../../src/stores/wrap/greylist.ts';
import { envelope, fails } from '../../conformance/harness.ts';

const DAY = 86_400_000;
const session: DeliverySession = { ...envelope([]).session!, address: '192.0.2.1' };
const nowhere: Delivery = { open: () => assert.fail('nothing is sent here') };

function stage({ most, inner = nowhere }: { readonly most?: number; readonly inner?: Delivery } = {}) {
  const facts: NewFact[] = [];
  const clock = { now: 5 };
  const delivery = greylist(inner, {
    delay: 300_000,
    networkOf: networkKey,
    proven: async (user) => user === 'ann',
    journal: { add: async (fact) => facts.push(fact) },
    now: () => clock.now,
    ...(most === undefined ? {} : { most }),
  });
  const check = async (to = 'ann@x.test', from = 'bob@y.test', more: Partial<DeliverySession> = {}): Promise<void> =>
    delivery.check?.({ address: to }, { ...session, ...more }, from);
  /** Seconds that are left. */
  const off = async (...args: Parameters<typeof check>): Promise<number> => {
    const { reply = '' } = await fails('CS_BUSY', () => check(...args));
    const [, seconds] = /^451 4\.7\.1 greylisted, try again in (\d+) s$/.exec(reply) ?? assert.fail(reply);
    return Number(seconds);
  };
  return { facts, clock, check, off };
}

test('the first try is put off, those before the time too, and the journal says so', async () => {
  const { facts, clock, check, off } = stage();
  assert.equal(await off(), 300);
  clock.now += 299_001;
  assert.equal(await off(), 1);
  clock.now += 999;
  await check();
  await check();
  const fact = {
    event: 'limit',
    server: 'smtp',
    conn: 'c1',
    limit: 'greylist',
    from: 'bob@y.test',
    to: ['ann@x.test'],
  };
  assert.deepEqual(facts, [fact, fact]);
});

test('the network counts and not the machine; another network, sender or recipient is another first try', async () => {
  const { clock, check, off } = stage();
  await off();
  await off('ann@x.test', 'bob@y.test', { address: '2001:db8:1:2::5' });
  clock.now += 300_000;
  await check('ANN@x.test', 'Bob@Y.test', { address: '192.0.2.254' });
  await check('ann@x.test', 'bob@y.test', { address: '2001:db8:1:2:3::' });
  for (const address of ['192.0.3.1', '2001:db8:1:3::5']) await off('ann@x.test', 'bob@y.test', { address });
  await off('eve@x.test');
  await off('ann@x.test', '');
  await off('ann@x.testbob', '@y.test');
});

test('who came again is known for 36 days from the last mail, and who did not within two begins anew', async () => {
  const { clock, check, off } = stage();
  await off();
  await off('eve@x.test');
  clock.now += 300_000;
  await check();
  clock.now += 2 * DAY;
  assert.equal(await off('eve@x.test'), 300);
  for (let month = 0; month < 3; month += 1) {
    clock.now += 33 * DAY;
    await check();
  }
  clock.now += 36 * DAY;
  assert.equal(await off(), 300);
});

test('accounts and LMTP are not put off, and whom nobody takes is refused and not remembered', async () => {
  const { facts, clock, check, off } = stage({
    inner: {
      ...nowhere,
      check: async ({ address }, _session, from) => {
        if (address === 'nobody@x.test') throw new CsError('CS_PEER_REFUSED', 'nobody', { reply: `550 5.1.1 ${from}` });
      },
    },
  });
  await check('ann@x.test', 'bob@y.test', { user: 'ann' });
  await check('ann@x.test', 'bob@y.test', { with: 'UTF8LMTPS' });
  assert.equal(facts.length, 0);
  await off('ann@x.test', 'bob@y.test', { user: 'ann+x' });
  facts.pop();
  clock.now += 3 * DAY;
  const refused = await fails('CS_PEER_REFUSED', () => check('nobody@x.test'));
  assert.equal(refused.reply, '550 5.1.1 bob@y.test');
  assert.equal(facts.length, 0);
  assert.equal(await off(), 300);
  clock.now += 300_000;
  await check();
});

test('a flood of first tries drives out the oldest of them, and nobody who has come again', async () => {
  const { clock, check, off } = stage({ most: 10 });
  await off();
  clock.now += 300_000;
  await check();
  await off('late@x.test');
  for (let nth = 0; nth < 9; nth += 1) await off(`u${nth}@x.test`);
  clock.now += 1000;
  assert.equal(await off('late@x.test'), 299);
  await off('one-more@x.test');
  assert.equal(await off('late@x.test'), 300);
  await check();
});
