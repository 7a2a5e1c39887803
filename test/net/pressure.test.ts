import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Overload, PressureGauge, watchPressure } from '../../src/net/pressure.ts';

/** Looks that come so many milliseconds after the one before; what the gauge says right behind each. */
function said(gaps: readonly number[], memory = 0.1): (string | undefined)[] {
  const gauge = new PressureGauge(0);
  let now = 0;
  return gaps.map((gap) => {
    now += gap;
    gauge.look(now, memory);
    return gauge.overload(now);
  });
}

const nothing = undefined;
const rows: [string, readonly number[], (string | undefined)[]][] = [
  ['in time', [50, 51, 49, 200], [nothing, nothing, nothing, nothing]],
  ['one long pause of the machine', [50, 5000, 50], [nothing, nothing, nothing]],
  ['late again and again', [300, 300, 300, 300], [nothing, nothing, 'lag', 'lag']],
  ['late by exactly 200 ms', [250, 250, 250], [nothing, nothing, nothing]],
  ['over with the first look in time', [300, 300, 300, 60, 300], [nothing, nothing, 'lag', nothing, nothing]],
];
for (const [name, gaps, expected] of rows) {
  test(`pressure: ${name}`, () => assert.deepEqual(said(gaps), expected));
}

test('pressure: a look that is overdue counts before it comes', () => {
  const gauge = new PressureGauge(0);
  gauge.look(300, 0);
  gauge.look(600, 0);
  assert.equal(gauge.overload(600), undefined);
  assert.equal(gauge.overload(851), 'lag');
});

test('pressure: memory counts above four fifths, at once', () => {
  assert.deepEqual(said([50], 0.8), [nothing]);
  assert.deepEqual(said([50], 0.81), ['memory']);
});

test('HT-35 pressure: a loop that is late turn after turn is told, and its recovery', async () => {
  const told: (Overload | undefined)[] = [];
  const pressure = watchPressure((overload) => told.push(overload));
  while (told.length === 0) {
    const until = performance.now() + 300;
    while (performance.now() < until);
    await new Promise(setImmediate);
  }
  assert.deepEqual(told, ['lag']);
  assert.equal(pressure.overloaded(), true);
  while (told.length === 1) await new Promise(setImmediate);
  assert.deepEqual(told, ['lag', undefined]);
  pressure.stop();
});
