import assert from 'node:assert/strict';
import type { ServerHttp2Stream } from 'node:http2';
import { mock, test } from 'node:test';
import { Untaken } from '../../../../src/protocols/shared/http/h2-untaken.ts';

/** As much of a stream as is looked at. */
function stream(waiting: number) {
  const codes: number[] = [];
  const it = { writableLength: waiting, close: (code: number) => codes.push(code) };
  return { it, codes, stream: it as unknown as ServerHttp2Stream };
}

test('who takes nothing of an answer is cut off, who keeps up the rate is not', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const untaken = new Untaken(1000);
    const [stuck, slow, taken, closed] = [stream(50_000), stream(50_000), stream(0), stream(50_000)];
    for (const { stream } of [stuck, slow, taken, closed]) untaken.add(stream);
    untaken.delete(closed.stream);
    mock.timers.tick(10_000);
    assert.deepEqual(stuck.codes, [], 'it has been seen once only');
    slow.it.writableLength = 39_000;
    mock.timers.tick(10_000);
    assert.deepEqual([stuck.codes, slow.codes, taken.codes, closed.codes], [[8], [], [], []]);
    slow.it.writableLength = 30_000;
    mock.timers.tick(10_000);
    assert.deepEqual(slow.codes, [8], '9,000 octets in ten seconds are too few');
  } finally {
    mock.timers.reset();
  }
});

test('nothing is watched without a rate, and after the end', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const [free, late] = [stream(1), stream(1)];
    new Untaken(0).add(free.stream);
    const untaken = new Untaken(1000);
    untaken.add(late.stream);
    untaken.clear();
    mock.timers.tick(60_000);
    assert.deepEqual([free.codes, late.codes], [[], []]);
  } finally {
    mock.timers.reset();
  }
});
