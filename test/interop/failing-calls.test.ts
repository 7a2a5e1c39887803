/**
 * file.md gate 8: the nth call of each kind fails, for every n of one upload and more. What was acknowledged is there, whole,
 * and nothing temporary is left. The kernel is told by `strace` which call is to fail.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { everything, load } from '../conformance/file-tree-harness.ts';
import { numberOf } from '../stores/disk/numbered-file.ts';
import { freshDir, openDisk } from '../stores/disk/place.ts';

const FILES = 12;
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const child = fileURLToPath(new URL(`../stores/disk/child.${ending}`, import.meta.url));
const tracing = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const options = { timeout: 180_000, skip: tracing ? false : 'NOT CHECKED: strace does not run here' };

const CASES: readonly (readonly [call: string, error: string, first: readonly number[]])[] = [
  ['writev', 'ENOSPC', [1, 2, 3, 6]],
  ['writev', 'EDQUOT', [1]],
  ['fdatasync', 'EIO', [1, 2]],
  ['rename', 'ENOSPC', [1, 2]],
  ['rename', 'EACCES', [1]],
  ['link', 'ENOSPC', [1, 3]],
];

for (const [call, error, firsts] of CASES) {
  for (const n of firsts) {
    test(
      `file.md 41: ${call} number ${n} fails with ${error}: that file is not acknowledged, the others are whole`,
      options,
      async () => {
        const dir = await freshDir();
        try {
          const command = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
          const inject = ['-e', `inject=${call}:error=${error}:when=${n}`];
          const task = [process.execPath, ...process.execArgv, child, 'trace', dir, '0', String(FILES), 'disk'];
          const { stdout, stderr } = spawnSync('strace', [...command, ...inject, ...task], {
            encoding: 'utf8',
            timeout: 60_000,
            // Calls are counted by thread: with several of them nobody knows which one is the nth.
            env: { ...process.env, UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1' },
          });
          const said = new Map<string, number>();
          for (const [, count, name = ''] of stdout.matchAll(/^acknowledged (\d+) (\S+)$/gm))
            said.set(name, Number(count));
          assert.match(stderr, /^CS_(?:DISK_FULL|QUOTA|LOCAL_IO|DENIED)$/m);
          said.delete('sub');
          await using opened = await openDisk(dir);
          for (const [name, count] of said) assert.equal(numberOf(await load(opened.tree, `/${name}`)), count, name);
          const there = (await everything(opened.tree)).filter((path) => !path.endsWith('/'));
          for (const path of there) assert.notEqual(numberOf(await load(opened.tree, path)), undefined, path);
          const own = (await readdir(dir, { recursive: true })).filter((name) => name.includes('.cs-part-'));
          assert.deepEqual(own, []);
        } finally {
          await rm(dir, { recursive: true });
        }
      },
    );
  }
}
