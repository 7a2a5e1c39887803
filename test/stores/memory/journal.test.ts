/** What the journal in memory does beyond its contract: facts in parts, and a share for each kind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JotForm, JotOf } from '../../../src/contracts/journal.ts';
import { MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { fails, take } from '../../conformance/harness.ts';
import { fc } from '../../property.ts';

interface Head extends JotOf {
  readonly path: string;
}

const FORM: JotForm<Head, { readonly conn: string }> = {
  event: 'request',
  whole: (head, { conn }, status, octets, ms) => ({ event: 'request', path: head.path, conn, status, octets, ms }),
};

function head(path: string, octets = 100): Head {
  return { path, octets, held: 0 };
}

function journalOf(facts: number, octets = 1e9): MemoryJournal {
  return new MemoryJournal({ facts, octets });
}

test('a jotted fact reads as one that was added', async () => {
  const journal = journalOf(10);
  const before = journal.record({ event: 'limit', n: 1 });
  journal.jot(FORM, head('/a'), { conn: 'c1' }, 200, 5, 1.5);
  const after = await journal.add({ event: 'limit', n: 2 });
  const facts = await take(journal, 0, 3);
  assert.deepEqual(
    facts.map(({ ts, ...fact }) => fact),
    [
      { event: 'limit', n: 1, cursor: before },
      { event: 'request', path: '/a', conn: 'c1', status: 200, octets: 5, ms: 1.5, cursor: before + 1 },
      { event: 'limit', n: 2, cursor: after },
    ],
  );
  assert.match(facts[1]!.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(await journal.claim(before + 1, true), true);
  assert.equal(await journal.claim(before + 1, true), false);
  assert.deepEqual(await journal.unclaimed(['request']), []);
});

test('a jotted fact wakes who waits for it', async () => {
  const journal = journalOf(10);
  const waiting = take(journal, 0, 1, ['request']);
  await new Promise(setImmediate);
  journal.jot(FORM, head('/a'), { conn: 'c1' }, 200, 5, 1.5);
  assert.equal((await waiting)[0]?.path, '/a');
});

test('much of one kind does not push out the few of another', async () => {
  const journal = journalOf(100);
  const mails = [1, 2, 3].map((n) => journal.record({ event: 'mail.stored', n }));
  const [of, by] = [head('/'), { conn: 'c1' }];
  for (let n = 0; n < 5000; n++) journal.jot(FORM, of, by, 200, n, 0);
  const kept = await take(journal, 0, 3, ['mail.stored']);
  assert.deepEqual(
    kept.map(({ cursor }) => cursor),
    mails,
  );
  const mark = await journal.mark();
  const requests = await take(journal, mark - 97, 97, ['request']);
  assert.deepEqual(
    requests.map(({ octets }) => octets),
    Array.from({ length: 97 }, (_, n) => 4903 + n),
  );
  await fails('CS_EVICTED', () => take(journal, mark - 98, 1, ['request']));
  await fails('CS_EVICTED', () => take(journal, 0, 1));
});

test('what facts cost is bounded too, by the kind that costs most', async () => {
  const journal = journalOf(1e6, 1e6);
  journal.record({ event: 'mail.stored', n: 1 });
  const body = 'x'.repeat(60_000);
  for (let n = 0; n < 100; n++) journal.record({ event: 'request', body, n });
  for (let n = 0; n < 100; n++) journal.jot(FORM, head(`/${n}`, 60_000), { conn: 'c1' }, 200, n, 0);
  const kept = await journal.unclaimed(['request']);
  assert.ok(kept.length > 10 && kept.length < 17, String(kept.length));
  assert.equal((await journal.unclaimed(['mail.stored'])).length, 1);
});

test('what facts share is counted once, and anew when all of them are gone', async () => {
  const journal = journalOf(20, 100_000);
  const of = head('/', 50_000);
  for (let n = 0; n < 100; n++) journal.jot(FORM, of, { conn: 'c1' }, 200, n, 0);
  assert.equal((await journal.unclaimed([])).length, 20);
  assert.equal(of.held, 20);
  const other = head('/other', 80_000);
  journal.jot(FORM, other, { conn: 'c1' }, 200, 0, 0);
  assert.equal((await journal.unclaimed([])).length, 1, 'both do not fit');
  assert.deepEqual([of.held, other.held], [0, 1]);
});

/** The same steps on lists, the slow way. */
test('whatever is added, forgotten and evicted, since tells all that is left, in order, or that some is gone', async () => {
  const event = fc.constantFrom('a', 'b', 'request');
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ what: fc.constant('add' as const), event, n: fc.constant(0) }) },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('forget' as const), event, n: fc.nat(300) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('forgetAll' as const), event, n: fc.constant(0) }) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 50, maxLength: 400 }),
      fc.integer({ min: 3, max: 90 }),
      async (steps, limit) => {
        const journal = journalOf(limit);
        let model: { event: string; cursor: number }[] = [];
        const evicted = new Map<string, number>();
        const evict = (gone: { event: string; cursor: number }): void => {
          model = model.filter((one) => one !== gone);
          evicted.set(gone.event, Math.max(evicted.get(gone.event) ?? 0, gone.cursor));
        };
        const count = (name: string): number => model.filter((one) => one.event === name).length;
        for (const { what, event: name, n } of steps) {
          if (what === 'forgetAll') {
            journal.forgetAll(name);
            model = model.filter((one) => one.event !== name);
          } else if (what === 'forget') {
            journal.forget(name, n);
            const found = model.find((one) => one.event === name && one.cursor === n);
            if (found) evict(found);
          } else {
            if (name === 'request') journal.jot(FORM, head('/'), { conn: 'c1' }, 200, 0, 0);
            else journal.record({ event: name });
            model.push({ event: name, cursor: await journal.mark() });
            if (model.length > limit) {
              const left = new Set((await journal.unclaimed([])).map(({ cursor }) => cursor));
              const gone = model.filter((one) => !left.has(one.cursor));
              assert.equal(gone.length, 1);
              const whose = gone[0]!.event;
              assert.ok(['a', 'b', 'request'].every((other) => count(other) <= count(whose)));
              assert.equal(
                gone[0],
                model.find((one) => one.event === whose),
              );
              evict(gone[0]!);
            }
          }
        }
        for (const events of [[], ['a'], ['b', 'request']]) {
          const wanted = (one: { event: string }): boolean => events.length === 0 || events.includes(one.event);
          const expected = model.filter(wanted).map(({ cursor }) => cursor);
          const from = Math.max(0, ...[...evicted].filter(([name]) => wanted({ event: name })).map(([, at]) => at));
          if (from > 0) await fails('CS_EVICTED', () => take(journal, from - 1, 1, events));
          const past = expected.filter((cursor) => cursor > from);
          const told = past.length === 0 ? [] : await take(journal, from, past.length, events);
          assert.deepEqual(
            told.map(({ cursor }) => cursor),
            past,
          );
          assert.deepEqual(
            (await journal.unclaimed(events)).map(({ cursor }) => cursor),
            expected,
          );
        }
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});
