import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JotForm, JotOf, NewFact } from '../../../src/contracts/journal.ts';
import { ask, web } from './stage.ts';

const SITE = { 'index.html': 'home' };

/** Paths of the requests that became facts. */
async function recorded(record: 'all' | 'captured' | 'none', durable: boolean): Promise<readonly unknown[]> {
  const facts: NewFact[] = [];
  const journal = {
    ...(durable ? { durable: true as const } : {}),
    add: async (fact: NewFact) => facts.push(fact),
    mark: async () => 0,
    since: async function* () {},
    claim: async () => false,
    unclaimed: async () => [],
  };
  await using stage = await web(SITE, { record, capture: ['/hook'] }, {}, { services: { journal } });
  await ask(stage, '/');
  await ask(stage, '/?q');
  await ask(stage, '/none');
  await ask(stage, '/hook', ['Content-Length: 0'], 'POST');
  await ask(stage, '/', ['Content-Length: 0'], 'PATCH');
  await stage.fact('connection.close', 5);
  return facts.map(({ method, path, status }) => `${method} ${path} ${status}`);
}

test('in memory every request is recorded', async () => {
  assert.equal((await recorded('all', false)).length, 5);
});

test('a durable journal is spared what only read a file', async () => {
  const facts = await recorded('all', true);
  assert.deepEqual(facts, ['GET /none 404', facts[1], 'PATCH / 405']);
  assert.match(String(facts[1]), /^POST \/hook 2/);
});

test('captured requests alone, or none', async () => {
  const facts = await recorded('captured', false);
  assert.ok(facts.length >= 1 && facts.every((fact) => !String(fact).startsWith('GET / ')));
  assert.deepEqual(await recorded('none', false), []);
});

test('the facts of like requests share what their heads say', async () => {
  const facts: { of: object; fact: NewFact }[] = [];
  const journal = {
    add: async (fact: NewFact) => facts.push({ of: fact, fact }),
    jot: <Of extends JotOf, By extends object>(
      form: JotForm<Of, By>,
      of: Of,
      by: By,
      a: number,
      b: number,
      c: number,
    ) => {
      facts.push({ of, fact: form.whole(of, by, a, b, c) });
    },
    mark: async () => 0,
    since: async function* () {},
    claim: async () => false,
    unclaimed: async () => [],
  };
  await using stage = await web(SITE, { fastPath: 'off' }, {}, { services: { journal } });
  await ask(stage, '/', ['Authorization: Bearer secret']);
  await ask(stage, '/', ['Authorization: Bearer secret']);
  await ask(stage, '/?q', ['Authorization: Bearer secret']);
  await stage.fact('connection.close', 3);
  const [first, second, third] = facts;
  assert.equal(first?.of, second?.of);
  assert.notEqual(first?.of, third?.of);
  assert.notEqual(first?.fact.conn, second?.fact.conn);
  assert.deepEqual([first?.fact.query, third?.fact.query], ['', 'q']);
  assert.ok(!JSON.stringify([first?.fact, first?.of]).includes('Bearer secret'));
});
