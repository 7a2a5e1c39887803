/** `kill -9` while mail comes in: what was acknowledged is there, whole; the next start needs no hand. */
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MailStore } from '../../../src/contracts/mail.ts';
import { whole } from '../../conformance/harness.ts';
import { chance } from '../../property.ts';
import { child, gone } from './family.ts';
import { numbered } from './numbered.ts';
import { freshDir, openAt } from './subject.ts';

const ROUNDS = Number(process.env.CS_KILL_ROUNDS ?? 20);

interface Acknowledged {
  readonly id: string;
  readonly n: number;
}

interface Did {
  readonly n: number;
  readonly did: 'append' | 'flag' | 'move';
}

/** Kills the child once it has acknowledged `after` messages, wherever it is then. */
async function killed<T>(task: string, dir: string, start: number, after: number): Promise<T[]> {
  const seen: T[] = [];
  const other = child(task, dir, String(start));
  await new Promise<void>((resolve) => {
    other.on('message', (one: T) => {
      seen.push(one);
      if (seen.length === after) {
        other.kill('SIGKILL');
        resolve();
      }
    });
    other.on('exit', () => resolve());
  });
  await gone(other);
  return seen;
}

test(`kill -9 in the middle of deliveries loses nothing that was acknowledged (${ROUNDS} rounds)`, {
  timeout: 30_000 + ROUNDS * 5000,
}, async () => {
  const dir = await freshDir();
  const acknowledged: Acknowledged[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const after = 1 + Math.floor(chance() * 60);
      const seen = await killed<Acknowledged>('pour', dir, round * 100_000, after);
      assert.ok(seen.length >= after, 'the child ended before it was killed');
      acknowledged.push(...seen);
    }
    const store = await openAt(dir);
    const star = await store.mail.of('*');
    const entries = new Map((await star.list('INBOX')).map((entry) => [entry.id, entry]));
    for (const { id, n } of acknowledged) {
      const entry = entries.get(id);
      assert.ok(entry, `message ${id} was acknowledged and is gone`);
      assert.deepEqual(await whole(star.read('INBOX', entry.uid)), numbered(n));
    }
    const [box] = await star.mailboxes();
    assert.equal(box?.messages, entries.size);
    const large = [...entries.values()].filter((entry) => entry.size > 256 * 1024).length;
    assert.equal((await readdir(join(dir, 'blobs'))).length, large, 'files that no message names are left');
    await store[Symbol.asyncDispose]();
  } finally {
    await rm(dir, { recursive: true });
  }
});

const FILINGS = Math.ceil(ROUNDS / 5);
test(`kill -9 in the middle of APPEND, STORE and MOVE: what was done is done, and nothing by halves (${FILINGS} rounds)`, {
  timeout: 30_000 + FILINGS * 5000,
}, async () => {
  const dir = await freshDir();
  const done: Did[] = [];
  try {
    for (let round = 0; round < FILINGS; round++) {
      done.push(...(await killed<Did>('file', dir, round * 100_000, 1 + Math.floor(chance() * 100))));
    }
    const store = await openAt(dir);
    const mail = (await store.mail.of('ann@x.test')) as Required<MailStore>;
    const places = new Map<string, { box: string; uid: number; flags: readonly string[] }>();
    for (const box of ['In', 'Out']) {
      const view = await mail.open(box);
      const entries = await mail.list(box);
      assert.deepEqual(
        [...view.uids],
        entries.map(({ uid }) => uid),
      );
      assert.equal(
        view.mailbox.bytes,
        entries.reduce((sum, { size }) => sum + size, 0),
      );
      for (const { headers, uid, flags } of entries) {
        assert.ok(!places.has(headers.subject), `${headers.subject} is there twice`);
        places.set(headers.subject, { box, uid, flags });
      }
    }
    for (const { n, did } of done) {
      const place = places.get(`m${n}`);
      assert.ok(place, `m${n} was acknowledged and is gone`);
      if (did === 'flag') assert.ok(place.flags.includes('\\Seen'));
      if (did === 'move') assert.equal(place.box, 'Out');
      if (did === 'append') assert.deepEqual(await whole(mail.read(place.box, place.uid)), numbered(n));
    }
    const all = await (await store.mail.of('*')).list('INBOX');
    assert.equal(all.length, places.size, 'a message in no mailbox, or one that is missing');
    await store[Symbol.asyncDispose]();
  } finally {
    await rm(dir, { recursive: true });
  }
});
