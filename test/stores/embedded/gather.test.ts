import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather, STEP } from '../../../src/stores/embedded/gather.ts';

/** How many steps it slept, when so many calls come in each of them. */
function slept(waiting: number, last: number, arrivals: readonly number[]): number {
  let have = waiting;
  let steps = 0;
  gather(waiting, last, {
    sleep: (ms) => {
      assert.equal(ms, STEP);
      have += arrivals[steps] ?? 0;
      steps += 1;
    },
    take: () => have,
  });
  return steps;
}

const rows: [string, number, number, number[], number][] = [
  ['one client alone is never waited for', 1, 1, [], 0],
  ['the first transaction waits for nobody', 5, 0, [], 0],
  ['as many as the last time need no wait', 20, 20, [], 0],
  ['a step in which nobody comes is the last', 1, 20, [0, 5], 1],
  ['they are waited for while they come', 1, 20, [10, 9], 2],
  ['but not for ever', 1, 100, [1, 1, 1, 1, 1, 1], 4],
];
for (const [name, waiting, last, arrivals, steps] of rows) {
  test(`group commit: ${name}`, () => assert.equal(slept(waiting, last, arrivals), steps));
}
