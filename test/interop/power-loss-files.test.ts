/**
 * Power loss, simulated, for files: as in `power-loss.test.ts`, but for a tree on disk. The calls are played again, and at
 * an acknowledgement only what was synced by then is kept: the file must be there, whole, under its name.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { everything, load } from '../conformance/file-tree-harness.ts';
import { chance } from '../property.ts';
import { numberOf } from '../stores/disk/numbered-file.ts';
import { freshDir, openDisk } from '../stores/disk/place.ts';
import { SyncedDisk } from './synced-disk.ts';
import { type SystemCall, systemCalls, TRACED, withoutDescriptors } from './syscall-log.ts';

const FILES = 30;
const CUTS = new Set([1, 2, 3, 6, 7, 15, 29, FILES]);
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const child = fileURLToPath(new URL(`../stores/disk/child.${ending}`, import.meta.url));
const tracing = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const options = { timeout: 180_000, skip: tracing ? false : 'NOT CHECKED: strace does not run here' };

function strace(args: readonly string[], task: readonly string[]): { stdout: string; stderr: string } {
  const command = ['-f', '-qq', '-e', 'signal=none', ...args, process.execPath, ...process.execArgv, child, ...task];
  const { stdout, stderr } = spawnSync('strace', command, {
    encoding: 'utf8',
    timeout: 60_000,
    // Calls are counted by thread: with several of them nobody knows which one is the nth.
    env: { ...process.env, UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' },
  });
  return { stdout, stderr };
}

/** What the child did to the directory, and what it said. */
async function traced(dir: string, durability: string): Promise<SystemCall[]> {
  const log = `${dir}.log`;
  try {
    const args = ['-y', '-xx', '-s', '3000000', '-e', `trace=${TRACED}`, '-o', log];
    strace(args, ['trace', dir, '0', String(FILES), durability]);
    return [...withoutDescriptors(systemCalls(await readFile(log, 'latin1')))];
  } finally {
    await rm(log, { force: true });
  }
}

function acknowledged(call: SystemCall): { readonly n: number; readonly name: string } | undefined {
  const [, n, name = ''] =
    call.name === 'write' ? (/^acknowledged (\d+) (\S+)$/m.exec(call.data.toString()) ?? []) : [];
  return n === undefined || n === '0' ? undefined : { n: Number(n), name };
}

/** Acknowledged files that are not there whole after the power came back. */
async function losses(durability: 'disk' | 'process'): Promise<{ acknowledged: number; lost: number; cuts: number }> {
  const dir = await freshDir();
  try {
    const disk = new SyncedDisk(dir);
    const promised = new Map<string, number>();
    let count = 0;
    let lost = 0;
    let cuts = 0;
    for (const call of await traced(dir, durability)) {
      disk.see(call);
      const said = acknowledged(call);
      if (!said) continue;
      promised.set(said.name, said.n);
      count += 1;
      if (!CUTS.has(count)) continue;
      for (const survives of [() => false, () => chance() < 0.5]) {
        const found = `${dir}.found-${cuts++}`;
        await disk.restore(found, survives);
        lost += await missing(found, promised);
        await rm(found, { recursive: true, force: true });
      }
    }
    return { acknowledged: count, lost, cuts };
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function missing(dir: string, promised: ReadonlyMap<string, number>): Promise<number> {
  const opened = await openDisk(dir).catch(() => undefined);
  if (!opened) return promised.size;
  let lost = 0;
  for (const [name, n] of promised) {
    const bytes = await load(opened.tree, `/${name}`).catch(() => undefined);
    if (!bytes || numberOf(bytes) !== n) lost += 1;
  }
  await opened[Symbol.asyncDispose]();
  return lost;
}

test('file.md 42: a file that was acknowledged survives power loss, whole and under its name', options, async () => {
  assert.deepEqual(await losses('disk'), { acknowledged: FILES, lost: 0, cuts: 2 * CUTS.size });
});

test('without syncing the same loses files: the simulation tells the difference', options, async () => {
  const { acknowledged: count, lost } = await losses('process');
  assert.equal(count, FILES);
  assert.ok(lost > 0);
});

test(
  'the order of a write: all octets, sync of the file, the name, sync of the directory, the answer',
  options,
  async () => {
    const dir = await freshDir();
    try {
      const calls = (await traced(dir, 'disk')).filter(
        (call) => call.path.startsWith(`${dir}/`) || acknowledged(call) !== undefined,
      );
      let from = 0;
      let checked = 0;
      for (const [index, call] of calls.entries()) {
        const said = acknowledged(call);
        if (!said) continue;
        const steps = calls
          .slice(from, index)
          .filter(({ name, flags }) => name !== 'openat' || flags.includes('O_CREAT'));
        from = index + 1;
        const kinds = steps.filter(({ path, to }) => path.includes('.cs-part-') || to !== '' || path === `${dir}/sub`);
        const order = kinds.map(({ name }) => (name.includes('write') ? 'write' : name)).join(' ');
        const shape =
          said.n % 3 === 0
            ? /^openat( write)* fdatasync rename fsync$/
            : /^openat( write)* fdatasync link unlink fsync$/;
        assert.match(order, shape, `${said.name}: ${order}`);
        checked += 1;
      }
      assert.equal(checked, FILES);
    } finally {
      await rm(dir, { recursive: true });
    }
  },
);

for (const call of ['fdatasync', 'fsync'] as const) {
  test(
    `file.md 41: a failed ${call} is final: nothing of that file is acknowledged, nothing temporary is left`,
    options,
    async () => {
      const dir = await freshDir();
      try {
        const { stdout, stderr } = strace(
          ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=5+`],
          ['trace', dir, '0', String(FILES), 'disk'],
        );
        const said = [...stdout.matchAll(/^acknowledged (\d+) (\S+)$/gm)].filter(([, n]) => n !== '0');
        assert.ok(said.length < FILES && said.length > 0, stdout);
        assert.match(stderr, /^CS_LOCAL_IO$/m);
        const promised = new Map(said.map(([, n, name = '']) => [name, Number(n)]));
        if (call === 'fdatasync') assert.equal(await missing(dir, promised), 0);
        const { tree, [Symbol.asyncDispose]: close } = await openDisk(dir);
        for (const path of await everything(tree)) assert.ok(!path.includes('.cs-'), path);
        await close.call(undefined);
        assert.deepEqual(
          (await readdir(dir, { recursive: true })).filter((name) => name.includes('.cs-')),
          [],
        );
      } finally {
        await rm(dir, { recursive: true });
      }
    },
  );
}
