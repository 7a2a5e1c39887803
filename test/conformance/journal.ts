import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../property.ts';
import { deliver, type Make, message, take } from './harness.ts';

export function journalSuite(name: string, make: Make): void {
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

  check('a cursor grows with each fact and marks the newest', async ({ store: { journal } }) => {
    assert.equal(await journal.mark(), 0);
    const first = await journal.add({ event: 'connection.open', conn: 'c1', server: 'smtp' });
    const second = await journal.add({ event: 'connection.close', conn: 'c1', code: 'CQ' });
    assert.ok(second > first);
    assert.equal(await journal.mark(), second);
    const facts = await take(journal, 0, 2);
    assert.deepEqual(
      facts.map(({ ts, ...fact }) => fact),
      [
        { event: 'connection.open', conn: 'c1', server: 'smtp', cursor: first },
        { event: 'connection.close', conn: 'c1', code: 'CQ', cursor: second },
      ],
    );
    assert.match(facts[0]!.ts, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  check('a mark counts what was added before it, awaited or not', async ({ store: { journal } }) => {
    const added = [1, 2, 3].map((n) => journal.add({ event: 'limit', n }));
    const mark = await journal.mark();
    assert.equal(mark, Math.max(...(await Promise.all(added))));
  });

  check(
    'facts that may come soon keep their place, and come when nothing else does',
    async ({ store: { journal } }) => {
      const soon = journal.add({ event: 'connection.open', conn: 'c1' }, 'soon');
      const now = journal.add({ event: 'limit', conn: 'c1' });
      assert.ok((await soon) < (await now));
      const alone = await journal.add({ event: 'connection.close', conn: 'c1' }, 'soon');
      assert.equal(await journal.mark(), alone);
    },
  );

  check('a stored message is one fact', async ({ store }) => {
    const mark = await store.journal.mark();
    const bytes = message('Hello there');
    const id = await deliver(store.delivery, bytes, ['ann@x.test', 'Cat@x.test'], 'test7');
    const [fact] = await take(store.journal, mark, 1, ['mail.stored']);
    const { cursor, ts, ...facts } = fact!;
    assert.ok(cursor > mark && ts);
    assert.deepEqual(facts, {
      event: 'mail.stored',
      server: 'smtp',
      conn: 'c1',
      id,
      size: bytes.length,
      from: 'bob@y.test',
      to: ['ann@x.test', 'Cat@x.test'],
      user: 'test7',
      helo: 'client.test',
      subject: 'Hello there',
      header_from: 'Bob <bob@y.test>',
      header_to: ['ann@x.test'],
      message_id: '<Hello.there@y>',
      owners: ['test7', 'ann@x.test', 'cat@x.test'],
    });
  });

  check('since filters by event and ends when aborted', async ({ store: { journal } }) => {
    for (const event of ['auth.ok', 'limit', 'auth.failed', 'limit']) await journal.add({ event });
    const facts = await take(journal, 0, 2, ['limit']);
    assert.deepEqual(
      facts.map((fact) => fact.event),
      ['limit', 'limit'],
    );
    const stop = new AbortController();
    const waiting = (async () => {
      const seen: string[] = [];
      for await (const fact of journal.since(facts[1]!.cursor, ['limit'], stop.signal)) seen.push(fact.event);
      return seen;
    })();
    await journal.add({ event: 'auth.ok' });
    stop.abort();
    assert.deepEqual(await waiting, []);
  });

  check('no gap and no double under concurrent adding and following', async ({ store: { journal } }) => {
    const steps = fc.array(fc.constantFrom('add', 'follow', 'yield'), { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const added: Promise<number>[] = [];
        const followers: { from: number; seen: number[]; done: Promise<void>; stop: AbortController }[] = [];
        for (const step of plan) {
          if (step === 'add') added.push(journal.add({ event: 'limit', n: added.length }));
          else if (step === 'yield') await new Promise(setImmediate);
          else {
            const stop = new AbortController();
            const from = await journal.mark();
            const seen: number[] = [];
            const done = (async () => {
              for await (const fact of journal.since(from, [], stop.signal)) {
                seen.push(fact.cursor);
                if (fact.event === 'stopped') stop.abort();
              }
            })();
            followers.push({ from, seen, done, stop });
          }
        }
        const all = await Promise.all(added);
        const last = await journal.add({ event: 'stopped' });
        for (const { from, seen, done } of followers) {
          await done;
          assert.deepEqual(
            seen,
            [...all, last].filter((cursor) => cursor > from).sort((a, b) => a - b),
          );
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  check('an exclusive claim is given once, a plain one only notes', async ({ store: { journal } }) => {
    const [a, b, c] = await Promise.all([1, 2, 3].map((n) => journal.add({ event: 'mail.stored', n })));
    const won = await Promise.all(Array.from({ length: 20 }, () => journal.claim(a!, true)));
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal(await journal.claim(b!, false), true);
    assert.equal(await journal.claim(b!, true), true);
    assert.equal(await journal.claim(b!, true), false);
    assert.equal(await journal.claim(999_999, true), false);
    const left = await journal.unclaimed(['mail.stored']);
    assert.deepEqual(
      left.map((fact) => fact.cursor),
      [c],
    );
    assert.deepEqual(await journal.unclaimed(['limit']), []);
  });

  check('clearing mail leaves cursors valid and its facts unmatched', async ({ store }) => {
    await deliver(store.delivery, message('removed'), ['ann@x.test']);
    await (await store.mail.of('*')).remove('INBOX', [1]);
    assert.equal((await take(store.journal, 0, 1, ['mail.stored']))[0]?.subject, 'removed', 'it did happen');
    await deliver(store.delivery, message('old'), ['ann@x.test']);
    const mark = await store.journal.mark();
    await store.mail.clear();
    const id = await deliver(store.delivery, message('new'), ['ann@x.test']);
    const after = await take(store.journal, mark, 1, ['mail.stored']);
    const all = await take(store.journal, 0, 1, ['mail.stored']);
    assert.deepEqual([after[0]?.id, all[0]?.id], [id, id]);
    assert.ok(after[0]!.cursor > mark);
  });

  check('clearing one event leaves the others, cursors and what comes later', async ({ store: { journal } }) => {
    for (const event of ['request', 'limit', 'request', 'file.stored']) await journal.add({ event });
    const mark = await journal.mark();
    assert.equal(await journal.clear?.('request', { dryRun: true }), 2);
    assert.equal(await journal.clear?.('request'), 2);
    assert.equal(await journal.clear?.('request'), 0);
    assert.equal(await journal.mark(), mark);
    const next = await journal.add({ event: 'request' });
    assert.deepEqual(
      (await take(journal, 0, 3)).map(({ event, cursor }) => [event, cursor > mark]),
      [
        ['limit', false],
        ['file.stored', false],
        ['request', true],
      ],
    );
    assert.deepEqual(
      (await take(journal, 0, 1, ['request'])).map(({ cursor }) => cursor),
      [next],
    );
  });

  check('the cursor survives a restart and a clear', async ({ store, reopen }) => {
    if (!reopen) return;
    const id = await deliver(store.delivery, message('kept'), ['ann@x.test']);
    await store.journal.add({ event: 'limit' });
    await store.mail.clear();
    const mark = await store.journal.mark();
    const again = await reopen();
    assert.equal(await again.journal.mark(), mark);
    const next = await deliver(again.delivery, message('next'), ['ann@x.test']);
    assert.ok(Number(next) > Number(id));
    const [fact] = await take(again.journal, mark, 1);
    assert.equal(fact?.id, next);
    assert.ok(fact!.cursor > mark);
  });
}
