import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givesBack } from '../../../src/protocols/shared/give-back.ts';

test('a buffer that is given back has no octets any more, time after time', () => {
  for (let round = 0; round < 3; round++) {
    const chunk = new Uint8Array(64 * 1024).fill(7);
    const give = givesBack(chunk);
    assert.equal(chunk[65_535], 7);
    give?.();
    assert.deepEqual([chunk.length, chunk.buffer.byteLength], [0, 0]);
  }
});

test('what others may look at, or is small, stays', () => {
  const whole = Buffer.alloc(64 * 1024, 'x');
  assert.equal(givesBack(whole.subarray(1)), undefined);
  assert.equal(givesBack(whole.subarray(0, 20_000)), undefined);
  assert.equal(givesBack(Buffer.from('small')), undefined);
  assert.equal(givesBack(new Uint8Array(1000)), undefined);
});
