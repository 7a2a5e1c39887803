import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReplyFaults, parseChaos, parseReplyFault, seeded } from '../../src/kit/faults.ts';

test('chaos: every fault is read, what is absent is off', () => {
  assert.deepEqual(parseChaos('latency=200ms,jitter=50ms,throttle=64k,reset=1%,drop=0.5%,seed=7'), {
    latency: 200,
    jitter: 50,
    throttle: 65_536,
    reset: 0.01,
    drop: 0.005,
    seed: 7,
  });
  assert.deepEqual(parseChaos('reset=100%'), { latency: 0, jitter: 0, throttle: 0, reset: 1, drop: 0, seed: 1 });
});

for (const bad of ['', 'latency', 'latency=5', 'reset=1', 'reset=101%', 'seed=-1', '__proto__=1', 'speed=1ms']) {
  test(`chaos: ${JSON.stringify(bad)} is refused`, () => assert.throws(() => parseChaos(bad), { code: 'CS_USAGE' }));
}

const REPLIES: readonly [string, object][] = [
  ['rcpt:5%', { command: 'rcpt', share: 0.05, times: undefined, code: undefined }],
  ['DATA:1', { command: 'data', share: 1, times: 1, code: undefined }],
  ['mail:451', { command: 'mail', share: 1, times: undefined, code: '451' }],
  ['rcpt:5%:451', { command: 'rcpt', share: 0.05, times: undefined, code: '451' }],
  ['data:2:552', { command: 'data', share: 1, times: 2, code: '552' }],
  ['retr:SYS/TEMP', { command: 'retr', share: 1, times: undefined, code: 'SYS/TEMP' }],
];
for (const [text, fault] of REPLIES) {
  test(`reply fault: ${text}`, () => assert.deepEqual(parseReplyFault(text), fault));
}

for (const bad of ['', 'rcpt', 'rcpt:', ':5%', 'rcpt:-1', 'rcpt:5%:', 'rcpt:200%', 'rcpt:a b']) {
  test(`reply fault: ${JSON.stringify(bad)} is refused`, () =>
    assert.throws(() => parseReplyFault(bad), { code: 'CS_USAGE' }));
}

test('reply faults: the first N, then none; other commands never', () => {
  const fails = createReplyFaults([parseReplyFault('data:2:552')]);
  assert.deepEqual(
    ['DATA', 'rcpt', 'data', 'data'].map((command) => fails(command)?.code),
    ['552', undefined, '552', undefined],
  );
});

test('reply faults: a share is about kept, and the same for the same seed', () => {
  const draw = (seed: number) => {
    const fails = createReplyFaults([parseReplyFault('rcpt:5%')], seed);
    return Array.from({ length: 2000 }, () => fails('RCPT') !== undefined);
  };
  const hits = draw(7).filter(Boolean).length;
  assert.ok(hits > 60 && hits < 150, `${hits} of 2000`);
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test('the seeded sequence is even and in range', () => {
  const random = seeded(1);
  const drawn = Array.from({ length: 10_000 }, random);
  assert.ok(drawn.every((value) => value >= 0 && value < 1));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  assert.ok(Math.abs(mean - 0.5) < 0.02);
});
