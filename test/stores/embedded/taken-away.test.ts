/** A data directory that somebody removes, or puts another in the place of, while a server keeps mail in it. */
import assert from 'node:assert/strict';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { OpenStore } from '../../../src/contracts/store.ts';
import { deliver, fails, message } from '../../conformance/harness.ts';
import { freshDir, openAt } from './subject.ts';

const small = (store: OpenStore, word: string): Promise<string> =>
  deliver(store.delivery, message(word, word), ['ann@x.test']);

const ways: readonly [string, (dir: string) => Promise<void>][] = [
  ['removed', (dir) => rm(dir, { recursive: true })],
  [
    'emptied',
    async (dir) => {
      await rm(dir, { recursive: true });
      await mkdir(dir);
    },
  ],
  [
    'replaced by a copy of itself',
    async (dir) => {
      await cp(dir, `${dir}-copy`, { recursive: true });
      await rename(dir, `${dir}-first`);
      await rename(`${dir}-copy`, dir);
    },
  ],
];

for (const [name, take] of ways) {
  test(`mail that comes when the data directory was ${name} is not acknowledged`, async () => {
    const dir = await freshDir();
    const store = await openAt(dir);
    try {
      await small(store, 'before');
      await take(dir);
      await fails('CS_LOCAL_IO', () => small(store, 'after'));
      await fails('CS_LOCAL_IO', () => small(store, 'later'));
    } finally {
      await store[Symbol.asyncDispose]();
      for (const path of [dir, `${dir}-first`, `${dir}-copy`]) await rm(path, { recursive: true, force: true });
    }
  });
}

test('mail that came before is there at the next start', async () => {
  const dir = await freshDir();
  const first = await openAt(dir);
  const id = await small(first, 'before');
  await rename(dir, `${dir}-aside`);
  await fails('CS_LOCAL_IO', () => small(first, 'after'));
  await first[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
  await rename(`${dir}-aside`, dir);
  const second = await openAt(dir);
  try {
    const there = await (await second.mail.of('*')).list('INBOX');
    assert.ok(there.some((entry) => entry.id === id));
    await small(second, 'again');
  } finally {
    await second[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  }
});
