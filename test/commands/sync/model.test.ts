/**
 * A mirror between random trees, with failures at random places: at no moment does anybody see half a file, nothing that
 * was there is lost, and a run without failures makes the target what the source is.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileTree } from '../../../src/contracts/files.ts';
import { CsError } from '../../../src/kit/errors.ts';
import type { FilePath } from '../../../src/kit/file-path.ts';
import { at, everything, store, text } from '../../conformance/file-tree-harness.ts';
import { fc } from '../../property.ts';
import { hooked } from './faulty-tree.ts';
import { memory, mirror } from './stage.ts';

type Content = { readonly [name: string]: string | Content };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'Ä', '.x');
const file = (front: string) => fc.string({ maxLength: 40 }).map((rest) => front + rest);
const content = (front: string): fc.Arbitrary<Content> =>
  fc.letrec<{ tree: Content; node: string | Content }>((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, file(front), tie('tree')),
    tree: fc.dictionary(name, tie('node'), { maxKeys: 5, noNullPrototype: true }),
  })).tree;

const T = Date.UTC(2026, 0, 1);

async function build(tree: FileTree, from: Content, time: number, path: FilePath = []): Promise<void> {
  for (const [key, value] of Object.entries(from)) {
    const here = [...path, ...at(key)];
    if (typeof value === 'string')
      await store(tree, `/${here.join('/')}`, value, { mode: 'replace' }, { modified: time });
    else {
      await tree.makeDir!(here);
      await build(tree, value, time, here);
    }
  }
}

async function contents(tree: FileTree): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const path of await everything(tree)) found[path] = path.endsWith('/') ? '' : await text(tree, path);
  return found;
}

const scenario = fc.record({
  source: content('new:'),
  target: content('old:'),
  /** Which call fails, of which end; and whether the command is stopped there instead. */
  failing: fc.array(fc.nat({ max: 60 }), { maxLength: 4 }),
  end: fc.constantFrom('from', 'to'),
  stop: fc.boolean(),
  remove: fc.boolean(),
  transfers: fc.constantFrom(1, 4),
});

test('case 40: never half a file, nothing lost, and in the end the same', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ source, target, failing, end, stop, remove, transfers }) => {
      const [from, to] = [memory(), memory()];
      await build(from, source, T);
      await build(to, target, T - 86_400_000);
      const [wanted, before] = [await contents(from), await contents(to)];
      const controller = new AbortController();
      let calls = 0;
      const fault = (): void => {
        calls += 1;
        if (!failing.includes(calls)) return;
        if (stop) controller.abort(new CsError('CS_FAILED', 'stopped', { exit: 130 }));
        else throw new CsError('CS_PEER_TEMPORARY', 'on purpose');
      };
      const whole = async (): Promise<void> => {
        for (const [path, octets] of Object.entries(await contents(to))) {
          assert.ok(octets === wanted[path] || octets === before[path], `${path} is half written: ${octets}`);
        }
      };
      const options = { delete: remove, transfers };
      const first = await mirror(
        hooked(from, () => (end === 'from' ? fault() : undefined)),
        hooked(to, async () => {
          await whole();
          if (end === 'to') fault();
        }),
        { options, signal: controller.signal },
      );
      await whole();
      if (!remove) for (const path of Object.keys(before)) assert.ok(path in (await contents(to)), `${path} was lost`);
      if (first.error === undefined && remove) assert.deepEqual(await contents(to), wanted);

      const second = await mirror(from, to, { options: { delete: true, transfers } });
      assert.equal(second.error, undefined);
      assert.deepEqual(await contents(to), wanted);
      const third = await mirror(from, to, { options: { delete: true, transfers } });
      assert.deepEqual([third.items.length, third.error], [0, undefined]);
    }),
    { numRuns: 150 },
  );
});
