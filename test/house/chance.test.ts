/** Every run of the same commit draws the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../interop/server.ts';
import { fc, SEED } from '../property.ts';

test('a property without a seed of its own draws what CS_SEED says', () => {
  const drawn: number[][] = [];
  for (const seed of [{}, { seed: SEED }, { seed: SEED + 1 }]) {
    const numbers: number[] = [];
    fc.assert(
      fc.property(fc.nat(), (number) => void numbers.push(number)),
      { ...seed, numRuns: 20 },
    );
    drawn.push(numbers);
  }
  assert.deepEqual(drawn[0], drawn[1]);
  assert.notDeepEqual(drawn[0], drawn[2]);
});

test('no test draws from what differs in every run', () => {
  const drawing = /\bMath\.random\(|\b(?:randomBytes|randomInt|randomFillSync|getRandomValues)\(/;
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  assert.ok(files.includes('property.ts'));
  const drawers = files.filter((name) => drawing.test(readFileSync(join(ROOT, 'test', name), 'utf8')));
  assert.deepEqual(drawers, []);
});
