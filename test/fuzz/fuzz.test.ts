/** A short run of every wire: the same inputs every time. `npm run fuzz` is the long one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from './chance.ts';
import { mutated } from './mutate.ts';
import { growing } from './pump.ts';
import { wires } from './wires.ts';

const INPUTS = 500;
const SHAPES = 4;

for (const wire of wires) {
  test(`${wire.name}: ${INPUTS} generated inputs`, { timeout: 120_000 }, async () => {
    for (let number = 0; number < INPUTS; number++) {
      const chance = new Chance(number);
      const data = mutated(wire, chance);
      try {
        await wire.fuzz(data, chance);
      } catch (error) {
        throw new Error(`input ${number}: ${JSON.stringify(data.toString('latin1'))}`, { cause: error });
      }
    }
  });

  test(`${wire.name}: no more work than octets`, { timeout: 120_000 }, async () => {
    const seeds = Array.from({ length: SHAPES }, (_, at) => at);
    for (const { seed, exponent, most } of await growing(wire, seeds, { size: 64 * 1024, floor: 150 })) {
      assert.ok(exponent < 1.6, `shape ${seed}: ${most.toFixed(0)} ms, grown by the power of ${exponent.toFixed(2)}`);
    }
  });
}
