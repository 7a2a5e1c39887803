/** Random operations on the disk and in memory: the same answers, the same files at the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { Turns } from '../../../src/stores/shared/turns.ts';
import { houseOf } from '../../../src/stores/wrap/files/house.ts';
import { ownUploads } from '../../../src/stores/wrap/files/own-uploads.ts';
import { quota } from '../../../src/stores/wrap/files/quota.ts';
import { Usage } from '../../../src/stores/wrap/files/usage.ts';
import { at, everything, load, octets, required, store } from '../../conformance/file-tree-harness.ts';
import { fc } from '../../property.ts';
import { emptyTree, session } from '../wrap/files/memory.ts';
import { diskPlace } from './place.ts';

type Step = readonly [what: string, act: (tree: FileTree) => Promise<unknown>];

const path = fc.constantFrom('/a', '/b', '/a/a', '/a/b', '/b/a', '/a/a/a', '/');
const size = fc.constantFrom(0, 1, 3000);
const flag = fc.boolean();
const bytes = (length: number) => octets(length, length + 1);
const noted = (what: string, act: Step[1]): Step => [what, act];

/** Octets left under the stage by a cut. */
async function cut(tree: FileTree, name: string, length: number, offset: number | undefined): Promise<number> {
  const order = { mode: 'replace', stage: 's', ...(offset === undefined ? {} : { offset }) } as const;
  const draft = await required(tree, 'write')(at(name), order);
  if (length > 0) await draft.write(bytes(length));
  await draft.abort({ keep: true });
  return (await required(tree, 'staged')(at(name), 's'))?.length ?? -1;
}

const steps: fc.Arbitrary<Step> = fc.oneof(
  path.map((name) => noted(`makeDir ${name}`, (tree) => required(tree, 'makeDir')(at(name)))),
  fc
    .tuple(path, size, fc.constantFrom('new', 'replace', 'update'), fc.constantFrom(undefined, 0, 1, 2))
    .map(([name, length, mode, offset]) =>
      noted(`write ${name} ${length} ${mode} ${offset}`, async (tree) => {
        const order = { mode: mode as 'new', ...(offset === undefined || mode !== 'update' ? {} : { offset }) };
        return (await store(tree, name, bytes(length), order)).size;
      }),
    ),
  fc
    .tuple(path, size, fc.constantFrom(undefined, 0, 1, 3000))
    .map(([name, length, offset]) =>
      noted(`cut ${name} ${length} ${offset}`, (tree) => cut(tree, name, length, offset)),
    ),
  fc.tuple(path, fc.constantFrom(0, 1, 3000, 3001)).map(([name, offset]) =>
    noted(`resume ${name} ${offset}`, async (tree) => {
      return (await store(tree, name, 'tail', { mode: 'replace', stage: 's', offset })).size;
    }),
  ),
  fc
    .tuple(path, flag)
    .map(([name, directory]) =>
      noted(`remove ${name} ${directory}`, (tree) =>
        required(tree, 'remove')(at(name), directory ? 'directory' : 'file'),
      ),
    ),
  fc
    .tuple(path, path, flag)
    .map(([from, to, replace]) =>
      noted(`rename ${from} ${to} ${replace}`, (tree) => required(tree, 'rename')(at(from), at(to), { replace })),
    ),
  fc
    .tuple(path, path, flag)
    .map(([from, to, replace]) =>
      noted(`copy ${from} ${to} ${replace}`, (tree) => required(tree, 'copy')(at(from), at(to), { replace })),
    ),
  path.map((name) => noted(`look ${name}`, async (tree) => (await tree.stat(at(name))).kind)),
  path.map((name) => noted(`list ${name}`, (tree) => everything(tree, name === '/' ? '/' : `${name}/`))),
  path.map((name) => noted(`read ${name}`, async (tree) => (await load(tree, name)).toString('latin1'))),
);

/** Refusals that the contract leaves open: whichever is in the way first. */
const ALIKE: Readonly<Record<string, string>> = { CS_NOT_DIRECTORY: 'CS_NOT_FOUND', CS_IS_DIRECTORY: 'CS_EXISTS' };

async function outcome([, act]: Step, tree: FileTree): Promise<unknown> {
  try {
    return (await act(tree)) ?? 'done';
  } catch (error) {
    assert.ok(error instanceof CsError, String((error as Error).stack));
    return ALIKE[error.code] ?? error.code;
  }
}

async function state(tree: FileTree): Promise<unknown> {
  const found: [string, string][] = [];
  for (const name of await everything(tree)) {
    // What was cut shows to its own user, and cannot be read.
    const content = name.endsWith('/') ? Buffer.alloc(0) : await load(tree, name).catch(() => Buffer.from('cut'));
    found.push([name, content.toString('latin1')]);
  }
  return found;
}

async function same(script: readonly Step[], disk: FileTree, memory: FileTree): Promise<void> {
  const done: string[] = [];
  for (const step of script) {
    done.push(step[0]);
    assert.deepEqual(await outcome(step, disk), await outcome(step, memory), done.join('\n'));
  }
  assert.deepEqual(await state(disk), await state(memory), done.join('\n'));
}

const scripts = fc.array(steps, { minLength: 3, maxLength: 25 });
const RUNS = { numRuns: 300 };

test('random operations have the same outcome on the disk and in memory', { timeout: 120_000 }, async () => {
  const one = fc.asyncProperty(scripts, async (script) => {
    await using place = await diskPlace({ durability: 'process' });
    await same(script, place.tree, await emptyTree());
  });
  await fc.assert(one, RUNS);
});

test('the same as one user among others sees them, with a quota that counts exactly', {
  timeout: 120_000,
}, async () => {
  const limits = { bytes: 12_000, files: 6 };
  const limited = (tree: FileTree) => {
    const account = { usage: new Usage(limits), turns: new Turns() };
    const house = houseOf(tree, [(inner) => quota(inner, account), ownUploads()]);
    return { tree: house.of(session('ann')), usage: account.usage };
  };
  const one = fc.asyncProperty(scripts, async (script) => {
    await using place = await diskPlace({ durability: 'process' });
    const disk = limited(place.tree);
    await same(script, disk.tree, limited(await emptyTree()).tree);
    const counted = new Usage(limits);
    await Promise.all([counted.ready(place.tree), disk.usage.ready(place.tree)]);
    assert.deepEqual(
      [disk.usage.bytes, disk.usage.files],
      [counted.bytes, counted.files],
      script.map(([what]) => what).join('\n'),
    );
  });
  await fc.assert(one, RUNS);
});
