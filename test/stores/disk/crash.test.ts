/** `kill -9` while files come in: a reader meets whole files only, acknowledged ones are there, nothing temporary stays. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FileTree } from '../../../src/contracts/files.ts';
import { at, load, names, required, store } from '../../conformance/file-tree-harness.ts';
import { chance } from '../../property.ts';
import { numberedFile, numberOf } from './numbered-file.ts';
import { freshDir, openDisk } from './place.ts';

const ROUNDS = Number(process.env.CS_KILL_ROUNDS ?? 15);
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const CHILD = fileURLToPath(new URL(`./child.${ending}`, import.meta.url));

interface Stored {
  readonly stored: string;
  readonly n: number;
}
interface Kept {
  readonly kept: string;
  readonly length: number;
  readonly n: number;
}

/** Kills the child once it has acknowledged so many files, wherever it is then. */
async function pouredAndKilled(dir: string, start: number, after: number): Promise<(Stored | Kept)[]> {
  const said: (Stored | Kept)[] = [];
  const child: ChildProcess = fork(CHILD, ['pour', dir, String(start)]);
  let stored = 0;
  child.on('message', (one: Stored | Kept) => {
    said.push(one);
    if ('stored' in one) stored += 1;
    if (stored === after) child.kill('SIGKILL');
  });
  // What it said last may come behind the news of its end.
  await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  assert.ok(stored >= after, 'the child ended before it was killed');
  return said;
}

test(`file.md 40: kill -9 in the middle of uploads loses nothing that was acknowledged (${ROUNDS} rounds)`, {
  timeout: 30_000 + ROUNDS * 5000,
}, async () => {
  const dir = await freshDir();
  const promised = new Map<string, number>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const said = await pouredAndKilled(dir, round * 1000, 1 + Math.floor(chance() * 25));
      for (const one of said) if ('stored' in one) promised.set(one.stored, one.n);
      await using opened = await openDisk(dir);
      const { tree } = opened;
      const there = await names(tree);
      const found = new Map<string, number>();
      for (const name of there) {
        const n = numberOf(await load(tree, `/${name}`));
        assert.ok(n !== undefined, `${name} is not whole`);
        found.set(name, n);
        const least = promised.get(name);
        assert.ok(least === undefined || n >= least, `${name} is older than what was acknowledged`);
        if (name.startsWith('f')) await required(tree, 'remove')(at(`/${name}`), 'file');
      }
      for (const name of promised.keys()) assert.ok(there.includes(name), `${name} was acknowledged and is gone`);
      for (const name of there) if (name.startsWith('f')) promised.delete(name);
      const own = (await readdir(dir, { recursive: true })).filter((name) => name.includes('.cs-part-'));
      assert.deepEqual(own, [], 'parts of the dead process are left');
      await resumed(tree, said, found);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

/** What was kept and not gone on with is there after the crash, and goes on to the last octet. */
async function resumed(
  tree: FileTree,
  said: readonly (Stored | Kept)[],
  found: ReadonlyMap<string, number>,
): Promise<void> {
  const done = new Set(said.flatMap((one) => ('stored' in one ? [one.n] : [])));
  for (const one of said) {
    if (!('kept' in one) || done.has(one.n)) continue;
    const kept = await required(tree, 'staged')(at(`/${one.kept}`), 's');
    if (kept === undefined) {
      // It was stored whole, and only the answer was not heard.
      assert.equal(found.get(one.kept), one.n, `${one.kept} was kept and is gone`);
      continue;
    }
    assert.equal(kept.length, one.length);
    const bytes = numberedFile(one.n);
    await store(tree, `/${one.kept}`, bytes.subarray(one.length), { mode: 'replace', stage: 's', offset: one.length });
    assert.ok((await load(tree, `/${one.kept}`)).equals(bytes), 'resumed to other octets');
  }
}
