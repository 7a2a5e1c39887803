import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Overload, PressureGauge, watchPressure } from '../../src/net/pressure.ts';

/** Looks that come so many milliseconds after the one before; what the gauge says behind each. */
function said(gaps: readonly number[], memory = 0.1, share = 1): (string | undefined)[] {
  let at = 0;
  const gauge = new PressureGauge({ at, cpu: 0, memory: 0 });
  return gaps.map((gap) => {
    at += gap;
    gauge.look({ at, cpu: at * share, memory });
    return gauge.overload;
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

test('pressure: late because others had the processor is no overload of ours', () => {
  assert.deepEqual(said([300, 300, 300, 300], 0.1, 0.4), [nothing, nothing, nothing, nothing]);
  assert.deepEqual(said([300, 300, 300], 0.1, 0.5), [nothing, nothing, 'lag']);
});

test('pressure: memory counts above four fifths, at once', () => {
  assert.deepEqual(said([50], 0.8), [nothing]);
  assert.deepEqual(said([50], 0.81), ['memory']);
});

test('HT-35 pressure: told when it begins and when it is over', async () => {
  const told: [Overload | undefined, boolean][] = [];
  const looks = [0, 300, 600, 900, 1200, 1250].map((at) => ({ at, cpu: at, memory: 0.1 }));
  await new Promise<void>((done) => {
    const pressure = watchPressure(
      (overload) => {
        told.push([overload, pressure.overloaded()]);
        if (overload === undefined) {
          pressure.stop();
          clearInterval(alive);
          done();
        }
      },
      () => looks.shift()!,
    );
    // The watch itself keeps no process alive.
    const alive = setInterval(() => {}, 1000);
  });
  assert.deepEqual(told, [
    ['lag', true],
    [undefined, false],
  ]);
});
