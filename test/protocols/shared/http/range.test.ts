import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from '../../../../src/protocols/shared/http/range.ts';
import { fc } from '../../../property.ts';

const ROWS: readonly [string | undefined, ReturnType<typeof parseRange>][] = [
  [undefined, undefined],
  ['bytes=0-0', [{ start: 0, end: 1 }]],
  ['bytes=0-', [{ start: 0, end: 100 }]],
  ['bytes=90-200', [{ start: 90, end: 100 }]],
  ['bytes=-10', [{ start: 90, end: 100 }]],
  ['bytes=-1000', [{ start: 0, end: 100 }]],
  [
    'bytes=0-9,50-59',
    [
      { start: 0, end: 10 },
      { start: 50, end: 60 },
    ],
  ],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-2', 'unsatisfiable'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=0-18446744073709551615', [{ start: 0, end: 100 }]],
  ['Bytes=0-9', [{ start: 0, end: 10 }]],
  ['bytes=0-9,5-15', [{ start: 0, end: 16 }]],
  [
    'bytes=50-59,0-9,40-54',
    [
      { start: 0, end: 10 },
      { start: 40, end: 60 },
    ],
  ],
  [
    'bytes=50-59,0-9,100-200',
    [
      { start: 50, end: 60 },
      { start: 0, end: 10 },
    ],
  ],
  ['bytes=0-0,,', [{ start: 0, end: 1 }]],
  ['bytes= ,90-200, ,', [{ start: 90, end: 100 }]],
  ['bytes=,', undefined],
  ['bytes=', undefined],
  ['bytes=-', undefined],
  ['bytes=a-b', undefined],
  ['bytes=0x1-2', undefined],
  ['items=0-1', undefined],
  [`bytes=${Array.from({ length: 17 }, (_, at) => `${at * 2}-${at * 2}`).join(',')}`, undefined],
  [`bytes=${Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join(',')}`, undefined],
];
for (const [header, wanted] of ROWS) {
  test(`HT-26 ${String(header).slice(0, 40)}`, () => assert.deepEqual(parseRange(header, 100), wanted));
}

test('HT-26 an empty representation has no satisfiable range', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-5']) assert.equal(parseRange(header, 0), 'unsatisfiable');
});

test('HT-26 spans lie inside, never overlap, and are never empty', () => {
  const bound = fc.oneof(fc.constant(''), fc.nat({ max: 300 }).map(String));
  const header = fc.array(fc.tuple(bound, bound), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(header, fc.nat({ max: 200 }), (items, size) => {
      const spans = parseRange(`bytes=${items.map((item) => item.join('-')).join(',')}`, size);
      if (!Array.isArray(spans)) return;
      assert.ok(spans.length <= 16);
      const covered = new Set<number>();
      for (const { start, end } of spans) {
        assert.ok(start >= 0 && start < end && end <= size);
        for (let at = start; at < end; at++) {
          assert.ok(!covered.has(at));
          covered.add(at);
        }
      }
    }),
  );
});
