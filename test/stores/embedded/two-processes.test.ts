import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { deliver, inbox, message, take } from '../../conformance/harness.ts';
import { child, gone, told } from './family.ts';
import { embedded, freshDir, openAt } from './subject.ts';

const timeout = 30_000;

test('two processes write to one store, and each sees every fact of both, once and in order', { timeout }, async () => {
  const { store, dir, close } = await embedded();
  // To follow keeps no process alive; a server has its doors for that, and this test nothing once the child has ended.
  const alive = setInterval(() => {}, timeout);
  try {
    const count = 100;
    const following = take(store.journal, 0, 2 * count, ['mail.stored']);
    const other = child('deliver', dir, String(count));
    for (let n = 0; n < count; n++) await deliver(store.delivery, message(`own ${n}`), ['own@x.test']);
    const facts = await following;
    await gone(other);
    const cursors = facts.map((fact) => fact.cursor);
    assert.deepEqual(
      cursors,
      [...new Set(cursors)].sort((a, b) => a - b),
    );
    const subjects = (kind: string): string[] =>
      facts.map((fact) => String(fact.subject)).filter((s) => s.startsWith(kind));
    for (const kind of ['own', 'child']) {
      const wanted = Array.from({ length: count }, (_, n) => `${kind} ${n}`);
      assert.deepEqual(subjects(kind), wanted);
      const box = await inbox(await store.mail.of(`${kind}@x.test`));
      assert.deepEqual(
        box.map(({ uid, subject }) => [uid, subject]),
        wanted.map((subject, n) => [n + 1, subject]),
      );
    }
    assert.equal((await inbox(await store.mail.of('*'))).length, 2 * count);
  } finally {
    clearInterval(alive);
    await close();
  }
});

test('an exclusive claim has one winner over both processes', { timeout }, async () => {
  const { store, dir, close } = await embedded();
  try {
    const cursors = await Promise.all(Array.from({ length: 200 }, (_, n) => store.journal.add({ event: 'limit', n })));
    const other = child('claim', dir, JSON.stringify(cursors));
    await told(other);
    const theirs = told<{ won: number[] }>(other);
    other.send('go');
    const own: number[] = [];
    for (const cursor of cursors) if (await store.journal.claim(cursor, true)) own.push(cursor);
    const { won } = await theirs;
    assert.deepEqual(
      [...own, ...won].sort((a, b) => a - b),
      cursors,
    );
    await gone(other);
  } finally {
    await close();
  }
});

test('a maildrop is held over processes, and free again when its holder is killed', { timeout }, async () => {
  const { store, dir, close } = await embedded();
  try {
    const other = child('lock', dir, 'ann@x.test');
    assert.deepEqual(await told(other), { locked: true });
    assert.equal(store.mail.lock('ann@x.test'), undefined);
    other.kill('SIGKILL');
    await gone(other);
    const lock = store.mail.lock('ann@x.test');
    assert.ok(lock);
    assert.equal(store.mail.lock('ann@x.test'), undefined);
    lock[Symbol.dispose]();
  } finally {
    await close();
  }
});

test('four processes that start on an empty directory at once make one store', { timeout }, async () => {
  const dir = await freshDir();
  try {
    const others = Array.from({ length: 4 }, () => child('deliver', dir, '5'));
    const codes = await Promise.all(others.map(async (other) => (await once(other, 'exit'))[0]));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    const store = await openAt(dir);
    assert.equal((await inbox(await store.mail.of('child@x.test'))).length, 20);
    await store[Symbol.asyncDispose]();
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a watcher hears what another process does to the mailboxes', { timeout }, async () => {
  const { store, dir, close } = await embedded();
  const alive = setInterval(() => {}, timeout);
  const stop = new AbortController();
  try {
    const mail = await store.mail.of('child@x.test');
    await mail.mailboxes();
    const heard = mail.watch!(stop.signal)[Symbol.asyncIterator]();
    await mail.open!('INBOX');
    const other = child('mailboxes', dir, 'child@x.test');
    for (const wanted of [['INBOX'], ['Box'], ['Box', 'Other'], ['INBOX']]) {
      const left = new Set(wanted);
      other.send('go');
      while (left.size > 0) left.delete((await heard.next()).value as string);
    }
    await gone(other);
    stop.abort();
    for (let next = await heard.next(); !next.done; next = await heard.next());
  } finally {
    stop.abort();
    clearInterval(alive);
    await close();
  }
});
