import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../../src/commands/serving/workers/backoff.ts';
import { Channel, type Message } from '../../../src/commands/serving/workers/channel.ts';
import { accountCalls, farAccounts } from '../../../src/commands/serving/workers/far-accounts.ts';
import { FarJournal } from '../../../src/commands/serving/workers/far-journal.ts';
import type { Accounts, LoginSource } from '../../../src/contracts/accounts.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { redact, Secret } from '../../../src/kit/secret.ts';

type Calls = ConstructorParameters<typeof Channel>[1];

/** Both ends of a pipe that carries JSON. */
function pair(near: Calls, far: Calls): { near: Channel; far: Channel } {
  const over = (to: () => Channel) => (message: Message) => {
    const text = JSON.stringify(message);
    queueMicrotask(() => to().receive(JSON.parse(text)));
  };
  const ends: { near: Channel; far: Channel } = {
    near: new Channel(
      over(() => ends.far),
      near,
    ),
    far: new Channel(
      over(() => ends.near),
      far,
    ),
  };
  return ends;
}

test('what is asked is answered, also with an error of ours, and to nobody once the other side is gone', async () => {
  const { near, far } = pair(
    { back: () => 'back' },
    {
      never: () => new Promise(() => {}),
      twice: async (value: number) => 2 * value,
      through: () => far.ask('back'),
      busy: () => {
        throw new CsError('CS_BUSY', 'too much', { hint: 'later' });
      },
    },
  );
  assert.equal(await near.ask('twice', 21), 42);
  assert.equal(await near.ask('through'), 'back');
  await assert.rejects(near.ask('busy'), { code: 'CS_BUSY', message: 'too much', hint: 'later' });
  await assert.rejects(near.ask('constructor'), { code: 'CS_BUG' });
  const late = near.ask('never');
  near.end();
  await assert.rejects(late, { code: 'CS_FAILED' });
  await assert.rejects(near.ask('twice', 1), { code: 'CS_FAILED' });
});

test('facts of one turn are one message, each gets its cursor, and who marks waits for all of them', async () => {
  const messages: string[][] = [];
  let answer = (): void => {};
  const journal = new FarJournal(false, async (facts) => {
    messages.push(facts.map(({ event }) => event));
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return facts.map((_, at) => 10 * messages.length + at);
  });
  const added = ['a', 'b', 'c'].map((event) => journal.add({ event }));
  let settled = false;
  const settling = journal.settled().then(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual([messages, settled], [[['a', 'b', 'c']], false]);
  answer();
  assert.deepEqual(await Promise.all(added), [10, 11, 12]);
  await settling;
  await journal.settled();
});

test('facts that cannot be told are an error to who told them; too many on their way are an overload', async () => {
  const journal = new FarJournal(true, () => Promise.reject(new CsError('CS_FAILED', 'gone')));
  assert.equal(journal.durable, true);
  const added = Array.from({ length: 20_001 }, () => journal.add({ event: 'request' }));
  assert.equal(journal.behind, true);
  for (const { status } of await Promise.allSettled(added)) assert.equal(status, 'rejected');
  assert.equal(journal.behind, false);
});

test('accounts are asked as they are here, and no secret is left behind', async () => {
  const from = { protocol: 'http', server: 'http', conn: '1', address: '::1', loopback: true, secure: false } as const;
  const asked: unknown[] = [];
  const ann = { name: 'ann', addresses: [], known: true };
  const accounts: Accounts = {
    mode: 'required',
    verify: async (user, proof, source: LoginSource) => {
      asked.push([user, proof.kind, (proof.kind === 'token' ? proof.token : proof.password).reveal(), source]);
      assert.equal(redact('hunter22'), '***', 'hidden while it is looked at');
      return user === 'ann' ? ann : undefined;
    },
    bearer: async (token) => (token.reveal() === 'right-token' ? ann : undefined),
    settle: async (user, proved) => (proved ? { ...ann, name: user } : undefined),
    owner: async () => undefined,
  };
  const { near } = pair({}, accountCalls(accounts));
  const far = farAccounts('required', near);
  const message = { user: 'ann', kind: 'password', secret: 'hunter22', from };
  assert.deepEqual(await near.ask('verify', message), ann);
  assert.equal(redact('hunter22'), 'hunter22');
  assert.deepEqual(await far.verify('ann', { kind: 'token', token: new Secret('hunter22') }, from), ann);
  assert.equal(await far.verify('bob', { kind: 'password', password: new Secret('hunter22') }, from), undefined);
  assert.deepEqual(asked, [
    ['ann', 'password', 'hunter22', from],
    ['ann', 'token', 'hunter22', from],
    ['bob', 'password', 'hunter22', from],
  ]);
  assert.deepEqual(await far.bearer?.(new Secret('right-token'), from), ann);
  assert.equal(await far.bearer?.(new Secret('wrong-token'), from), undefined);
  assert.equal((await far.settle('eve', true, from))?.name, 'eve');
  assert.equal(await far.owner('x@y'), undefined);
});

test('who dies again and again is started more and more seldom', () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 9 }, () => backoff.afterDeath(50));
  assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assert.equal(backoff.afterDeath(3_600_000), 100);
});
