/**
 * Power loss, simulated: a store takes mail under `strace`; its writes are played again, and at an acknowledgement only
 * what was synced by then is kept (and, in a second reading, any part of the rest). Every message acknowledged so far
 * must be in the store that opens on that. The same without syncing must lose some, or this test would prove nothing.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Durability } from '../../src/contracts/store.ts';
import { whole } from '../conformance/harness.ts';
import { chance } from '../property.ts';
import { numbered } from '../stores/embedded/numbered.ts';
import { freshDir, openAt } from '../stores/embedded/subject.ts';
import { SyncedDisk } from './synced-disk.ts';
import { systemCalls, TRACED } from './syscall-log.ts';

const MESSAGES = 60;
const CUTS = new Set([1, 2, 5, 13, 21, 34, 47, MESSAGES]);
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const child = fileURLToPath(new URL(`../stores/embedded/child.${ending}`, import.meta.url));
const tracing = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

function strace(args: readonly string[], task: readonly string[]): { stdout: string; stderr: string } {
  const command = ['-f', '-qq', '-e', 'signal=none', ...args, process.execPath, ...process.execArgv, child, ...task];
  const { stdout, stderr } = spawnSync('strace', command, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, UV_USE_IO_URING: '0' },
  });
  return { stdout, stderr };
}

interface Acknowledged {
  readonly id: string;
  readonly n: number;
}

/** How many acknowledged messages are missing or altered in the store on `dir`; all, when it does not even open. */
async function lost(dir: string, acknowledged: readonly Acknowledged[]): Promise<number> {
  const store = await openAt(dir).catch(() => undefined);
  if (!store) return acknowledged.length;
  try {
    const star = await store.mail.of('*');
    let missing = 0;
    for (const { id, n } of acknowledged) {
      const bytes = await whole(star.read('INBOX', Number(id))).catch(() => undefined);
      if (!bytes?.equals(numbered(n))) missing += 1;
    }
    return missing;
  } catch {
    return acknowledged.length;
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Losses over all cuts, strictly and with any half of the unsynced changes kept. */
async function losses(durability: Durability): Promise<{ acknowledged: number; lost: number; cuts: number }> {
  const dir = await freshDir();
  const log = `${dir}.log`;
  try {
    const args = ['-y', '-xx', '-s', '1000000', '-e', `trace=${TRACED}`, '-o', log];
    strace(args, ['trace', join(dir, 'data'), String(MESSAGES), durability]);
    const disk = new SyncedDisk(join(dir, 'data'));
    const acknowledged: Acknowledged[] = [];
    let sum = 0;
    let cuts = 0;
    for (const call of systemCalls(await readFile(log, 'latin1'))) {
      disk.see(call);
      const [, id, n] = call.name === 'write' ? (/^acknowledged (\d+) (\d+)$/m.exec(call.data.toString()) ?? []) : [];
      if (id === undefined) continue;
      acknowledged.push({ id, n: Number(n) });
      if (!CUTS.has(acknowledged.length)) continue;
      for (const survives of [() => false, () => chance() < 0.5]) {
        const found = join(dir, `found-${cuts++}`);
        await disk.restore(found, survives);
        sum += await lost(found, acknowledged);
      }
    }
    return { acknowledged: acknowledged.length, lost: sum, cuts };
  } finally {
    await rm(dir, { recursive: true });
    await rm(log, { force: true });
  }
}

const options = { timeout: 180_000, skip: tracing ? false : 'NOT CHECKED: strace does not run here' };

test('what was acknowledged survives power loss', options, async () => {
  assert.deepEqual(await losses('disk'), { acknowledged: MESSAGES, lost: 0, cuts: 2 * CUTS.size });
});

test('without syncing the same loses mail: the simulation tells the difference', options, async () => {
  const { acknowledged, lost: missing } = await losses('none');
  assert.equal(acknowledged, MESSAGES);
  assert.ok(missing > 0);
});

test('a failed sync is final for what it was to hold: nothing of it is acknowledged', options, async () => {
  const dir = await freshDir();
  try {
    // SQLite syncs from the writer thread alone, blob files are synced by another call.
    const args = ['-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=20+'];
    const { stdout, stderr } = strace(args, ['trace', join(dir, 'data'), String(MESSAGES)]);
    const acknowledged = [...stdout.matchAll(/^acknowledged (\d+) (\d+)$/gm)].map(([, id = '', n]) => ({
      id,
      n: Number(n),
    }));
    assert.ok(acknowledged.length < MESSAGES);
    assert.match(stderr, /CS_LOCAL_IO/);
    assert.equal(await lost(join(dir, 'data'), acknowledged), 0);
  } finally {
    await rm(dir, { recursive: true });
  }
});
