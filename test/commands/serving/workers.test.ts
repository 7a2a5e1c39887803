import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '../../../src/commands/serving/workers/backoff.ts';
import { Channel, type Message } from '../../../src/commands/serving/workers/channel.ts';
import { type FactBatch, FactIntake } from '../../../src/commands/serving/workers/fact-batch.ts';
import { accountCalls, farAccounts } from '../../../src/commands/serving/workers/far-accounts.ts';
import { FarJournal } from '../../../src/commands/serving/workers/far-journal.ts';
import type { Accounts, LoginSource } from '../../../src/contracts/accounts.ts';
import type { JotForm, JotOf } from '../../../src/contracts/journal.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { redact, Secret } from '../../../src/kit/secret.ts';
import { MemoryJournal } from '../../../src/stores/memory/journal.ts';

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

const FORM: JotForm<JotOf & { path: string }, { conn: string }> = {
  event: 'request',
  whole: ({ path }, { conn }, status, octets, ms) => ({ event: 'request', path, conn, status, octets, ms }),
};

/** A worker's journal over what the first process makes of it. */
function farOver(journal: MemoryJournal) {
  const intake = new FactIntake(journal, new Map([['request', FORM as never]]));
  const batches: FactBatch[] = [];
  let hold = Promise.resolve();
  const far = new FarJournal(false, async (batch) => {
    const sent = JSON.parse(JSON.stringify(batch)) as FactBatch;
    batches.push(sent);
    await hold;
    return JSON.parse(JSON.stringify(await intake.take(sent)));
  });
  return {
    far,
    batches,
    held: () => {
      let release = (): void => {};
      hold = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
}

async function factsOf(journal: MemoryJournal): Promise<object[]> {
  const facts = [];
  const stop = new AbortController();
  const count = await journal.mark();
  for await (const { cursor: _cursor, ts: _ts, ...fact } of journal.since(0, [], stop.signal)) {
    if (facts.push(fact) === count) stop.abort();
  }
  return facts;
}

test('facts of one turn are one message, in order; each gets its cursor, and who marks waits for all of them', async () => {
  const journal = new MemoryJournal({ facts: 1000, octets: 1e6 });
  await journal.add({ event: 'first' });
  const { far, batches, held } = farOver(journal);
  const release = held();
  const head = { octets: 100, held: 7, path: '/a' };
  const added = [far.add({ event: 'a' })];
  far.jot?.(FORM, head, { conn: 'c1' }, 200, 5, 0.5);
  added.push(far.add({ event: 'b', conn: 'c1' }));
  let settled = false;
  const settling = far.settled().then(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual([batches.length, settled], [1, false]);
  release();
  assert.deepEqual(await Promise.all(added), [2, 4]);
  await settling;
  await far.settled();
  assert.deepEqual(await factsOf(journal), [
    { event: 'first' },
    { event: 'a' },
    { event: 'request', path: '/a', conn: 'c1', status: 200, octets: 5, ms: 0.5 },
    { event: 'b', conn: 'c1' },
  ]);
});

test('what many facts share goes once, and again when too much is known', async () => {
  const journal = new MemoryJournal({ facts: 10_000, octets: 1e9 });
  const { far, batches } = farOver(journal);
  const [head, whom] = [{ octets: 1, held: 0, path: '/same' }, { conn: 'c' }];
  for (let at = 0; at < 3; at++) {
    far.jot?.(FORM, head, whom, at, 0, 0);
    await far.settled();
  }
  assert.deepEqual(
    batches.map(({ anew, parts }) => [anew, parts.length]),
    [
      [true, 2],
      [false, 0],
      [false, 0],
    ],
  );
  for (let at = 0; at < 2500; at++) {
    far.jot?.(FORM, { octets: 1, held: 0, path: `/${at}` }, whom, at, 0, 0);
    if (at % 400 === 0) await far.settled();
  }
  far.jot?.(FORM, head, whom, 9, 0, 0);
  await far.settled();
  assert.ok(batches.filter(({ anew }) => anew).length > 1);
  const facts = (await factsOf(journal)) as { path: string; status: number; conn: string }[];
  assert.equal(facts.length, 2504);
  assert.deepEqual(
    facts.slice(3, -1).map(({ path, conn }) => [path, conn]),
    Array.from({ length: 2500 }, (_, at) => [`/${at}`, 'c']),
  );
  assert.deepEqual([facts[0]!.path, facts.at(-1)!.path, facts.at(-1)!.status], ['/same', '/same', 9]);
});

test('facts that cannot be told are an error to who told them; too many on their way are an overload', async () => {
  const journal = new FarJournal(true, () => Promise.reject(new CsError('CS_FAILED', 'gone')));
  assert.equal(journal.durable, true);
  assert.equal(journal.jot, undefined, 'a durable journal is spared what comes in great number');
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
