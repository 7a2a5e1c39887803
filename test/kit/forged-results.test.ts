import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutResultsOf } from '../../src/kit/forged-results.ts';

const ROWS: readonly [string, boolean][] = [
  ['Authentication-Results: mx.y.test; dkim=pass', true],
  ['AUTHENTICATION-results : MX.Y.TEST 1; dkim=pass', true],
  ['Authentication-Results:\r\n\tmx.y.test;\r\n\tdkim=pass', true],
  ['Authentication-Results: (he (he) \\) ) mx.y.test; none', true],
  ['Authentication-Results: "mx.y.test"; none', true],
  ['Authentication-Results: mx.y.test', true],
  ['Authentication-Results: mx.y.test(c); none', true],
  ['Authentication-Results: mx.y.test.evil.test; dkim=pass', false],
  ['Authentication-Results: amx.y.test; dkim=pass', false],
  ['Authentication-Results: other.test; dkim=pass header.d=mx.y.test', false],
  ['ARC-Authentication-Results: i=1; mx.y.test; dkim=pass', false],
  ['X: Authentication-Results: mx.y.test; dkim=pass', false],
];
for (const [field, ours] of ROWS) {
  test(`${ours ? 'taken out' : 'left alone'}: ${JSON.stringify(field)}`, () => {
    const around = (text: string) => Buffer.from(`no field\r\nFrom: a\r\n b\r\n${text}Subject: \u00e9\r\n`, 'latin1');
    const head = around(`${field}\r\n`);
    assert.deepEqual(withoutResultsOf(head, 'mx.Y.test'), ours ? around('') : head);
  });
}

test('80,000 of anything: linear', () => {
  for (const shape of ['(', ')', '\\', '"', '\r\n ', 'a:\r\n', 'Authentication-Results: mx.y.test\r\n', '\r\n']) {
    const started = process.cpuUsage().user;
    withoutResultsOf(Buffer.from(`Authentication-Results:${shape.repeat(80_000)}`), 'mx.y.test');
    // Microseconds of processor time: anything quadratic takes minutes.
    assert.ok(process.cpuUsage().user - started < 10_000_000, shape);
  }
});
