/** `kill -9` while mail comes in: what was acknowledged is there, whole; the next start needs no hand. */
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { whole } from '../../conformance/harness.ts';
import { child, gone } from './family.ts';
import { numbered } from './numbered.ts';
import { freshDir, openAt } from './subject.ts';

const ROUNDS = Number(process.env.CS_KILL_ROUNDS ?? 20);

interface Acknowledged {
  readonly id: string;
  readonly n: number;
}

/** Kills the child once it has acknowledged `after` messages, wherever it is then. */
async function pouredAndKilled(dir: string, start: number, after: number): Promise<Acknowledged[]> {
  const seen: Acknowledged[] = [];
  const other = child('pour', dir, String(start));
  await new Promise<void>((resolve) => {
    other.on('message', (one: Acknowledged) => {
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
      const after = 1 + Math.floor(Math.random() * 60);
      const seen = await pouredAndKilled(dir, round * 100_000, after);
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
