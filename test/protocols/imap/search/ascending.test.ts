import assert from 'node:assert/strict';
import { test } from 'node:test';
import { common, union, within, without } from '../../../../src/protocols/imap/search/ascending.ts';

/** Every set of these few numbers against every other. */
const SOME = Array.from({ length: 64 }, (_, bits) => [0, 1, 2, 5, 6, 4294967294].filter((_, at) => (bits >> at) & 1));

test('what is in both, in either, in one only', () => {
  for (const a of SOME) {
    for (const b of SOME) {
      const [one, other] = [Uint32Array.from(a), Uint32Array.from(b)];
      const either = [...new Set([...a, ...b])].sort((x, y) => x - y);
      assert.deepEqual([...union(one, other)], either);
      assert.deepEqual(
        [...common(one, other)],
        a.filter((number) => b.includes(number)),
      );
      assert.deepEqual(
        [...without(one, other)],
        a.filter((number) => !b.includes(number)),
      );
    }
  }
});

test('what is inside ranges, whose ends are not theirs', () => {
  const all = Uint32Array.of(0, 1, 2, 5, 6, 9);
  assert.deepEqual([...within(all, [])], []);
  assert.deepEqual([...within(all, [[0, 10]])], [...all]);
  assert.deepEqual([...within(all, [[1, 6]])], [1, 2, 5]);
  assert.deepEqual(
    [
      ...within(all, [
        [0, 1],
        [3, 5],
        [6, 100],
      ]),
    ],
    [0, 6, 9],
  );
});
