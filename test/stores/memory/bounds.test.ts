import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { defaults } from '../../../src/kit/option.ts';
import { MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { open } from '../../../src/stores/memory/open.ts';
import { options } from '../../../src/stores/memory/options.ts';
import { deliver, envelope, fails, inbox, message, take } from '../../conformance/harness.ts';

function bounded(memoryMessages: number, memoryBytes: number): Promise<OpenStore> {
  return open({ dir: undefined, options: { ...defaults(options), memoryMessages, memoryBytes }, log: () => {} });
}

test('the oldest message goes when there are too many, with a warning, from every mailbox', async () => {
  const store = await bounded(3, 1e9);
  for (const subject of ['a', 'b', 'c', 'd', 'e']) await deliver(store.delivery, message(subject), ['ann@x.test']);
  for (const owner of ['*', 'ann@x.test']) {
    const box = await inbox(await store.mail.of(owner));
    assert.deepEqual(
      box.map(({ uid, subject }) => [uid, subject]),
      [
        [3, 'c'],
        [4, 'd'],
        [5, 'e'],
      ],
    );
  }
  const mark = await store.journal.mark();
  const warnings = await take(store.journal, 0, 2, ['warning']);
  assert.deepEqual(
    warnings.map(({ reason, count }) => [reason, count]),
    [
      ['evicted', 1],
      ['evicted', 1],
    ],
  );
  const error = await fails('CS_EVICTED', () => take(store.journal, 0, 1, ['mail.stored']));
  assert.ok(error.hint);
  await deliver(store.delivery, message('f'), ['ann@x.test']);
  assert.equal((await take(store.journal, mark, 1, ['mail.stored']))[0]?.subject, 'f');
});

test('octets are bounded, those still coming in included', async () => {
  const store = await bounded(1000, 100_000);
  for (let n = 0; n < 10; n++) await deliver(store.delivery, message(`m${n}`, 'x'.repeat(20_000)), ['ann@x.test']);
  const box = await inbox(await store.mail.of('*'));
  assert.deepEqual(
    box.map(({ subject }) => subject),
    ['m6', 'm7', 'm8', 'm9'],
  );
  const draft = await store.delivery.open(envelope(['ann@x.test']));
  await draft.write(Buffer.alloc(70_000));
  assert.equal((await inbox(await store.mail.of('*'))).length, 1);
  await fails('CS_DISK_FULL', async () => draft.write(Buffer.alloc(70_000)));
  await draft.abort();
  await deliver(store.delivery, message('after', 'x'.repeat(60_000)), ['ann@x.test']);
  assert.equal((await inbox(await store.mail.of('*'))).at(-1)?.subject, 'after');
});

test('a message larger than the whole memory is refused, not half kept', async () => {
  const store = await bounded(1000, 10_000);
  await fails('CS_DISK_FULL', () => deliver(store.delivery, message('big', 'x'.repeat(20_000)), ['ann@x.test']));
  assert.deepEqual(await inbox(await store.mail.of('*')), []);
});

test('the journal lets its oldest facts go and says so to whoever asks for those', async () => {
  const journal = new MemoryJournal({ facts: 10, octets: 1e9 });
  for (let n = 0; n < 4000; n++) journal.record({ event: n % 2 === 0 ? 'limit' : 'auth.ok', n });
  await fails('CS_EVICTED', () => take(journal, 0, 1));
  await fails('CS_EVICTED', () => take(journal, 3989, 1, ['auth.ok']));
  const facts = await take(journal, 3990, 10);
  assert.deepEqual(
    facts.map((fact) => fact.cursor),
    Array.from({ length: 10 }, (_, n) => 3991 + n),
  );
  assert.equal((await journal.unclaimed([])).length, 10);
});

test('mail for ever new addresses does not grow memory without end', async () => {
  const store = await bounded(10, 1e9);
  for (let n = 0; n < 21_000; n++) {
    const draft = await store.delivery.open(envelope([`u${n}@x.test`]));
    await draft.commit();
  }
  const last = await store.mail.of('u20999@x.test');
  assert.equal((await inbox(last)).length, 1);
  const first = await store.mail.of('u0@x.test');
  const [box] = await first.mailboxes();
  const [newest] = await last.mailboxes();
  assert.ok(box!.uidValidity > newest!.uidValidity, 'made again, so with a new uidValidity');
});
