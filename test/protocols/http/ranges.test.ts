/** Ranges (RFC 9110 section 14), from memory and from a file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, web } from './stage.ts';

const SMALL = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251));
const LARGE = Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => (at * 7) % 253));
const SITE = { 'small.bin': SMALL, 'large.bin': LARGE, 'empty.bin': '' };

const ROWS: readonly [string, number, (all: Buffer) => Buffer | undefined][] = [
  ['bytes=0-0', 206, (all) => all.subarray(0, 1)],
  ['bytes=-5', 206, (all) => all.subarray(-5)],
  ['bytes=5-', 206, (all) => all.subarray(5)],
  ['bytes=990-99999999', 206, (all) => all.subarray(990)],
  ['bytes=0-18446744073709551615', 206, (all) => all],
  ['bytes=0-9,5-15', 206, (all) => all.subarray(0, 16)],
  ['bytes=-0', 416, () => undefined],
  ['bytes=99999999-', 416, () => undefined],
  ['bytes=18446744073709551616-', 416, () => undefined],
  ['bytes=5-2', 416, () => undefined],
  ['bytes=a-b', 200, (all) => all],
  ['bytes=-', 200, (all) => all],
  ['lines=0-1', 200, (all) => all],
  [`bytes=${Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join(',')}`, 200, (all) => all],
];
for (const [name, all] of [
  ['small.bin', SMALL],
  ['large.bin', LARGE],
] as const) {
  test(`HT-26 ranges of ${name}`, async () => {
    await using stage = await web(SITE);
    for (const [range, status, wanted] of ROWS) {
      const answer = await ask(stage, `/${name}`, [`Range: ${range}`]);
      assert.equal(answer.status, status, range);
      const content = wanted(all);
      if (content) assert.ok(answer.raw.equals(content), range);
      if (status === 416) assert.equal(answer.headers['content-range'], `bytes */${all.length}`);
      if (status === 206)
        assert.match(answer.headers['content-range'] ?? '', new RegExp(`^bytes \\d+-\\d+/${all.length}$`));
    }
  });
}

test('several ranges are parts of one answer, each with its place', async () => {
  await using stage = await web(SITE);
  for (const [name, all] of [
    ['small.bin', SMALL],
    ['large.bin', LARGE],
  ] as const) {
    const answer = await ask(stage, `/${name}`, ['Range: bytes=500-509,0-4,-3,99999999-']);
    const [, boundary = ''] =
      /^multipart\/byteranges; boundary=([0-9a-f]+)$/.exec(answer.headers['content-type'] ?? '') ?? [];
    assert.equal(answer.status, 206);
    assert.equal(Number(answer.headers['content-length']), answer.raw.length);
    const parts = answer.raw
      .toString('latin1')
      .split(new RegExp(`(?:\r\n)?--${boundary}`))
      .slice(1, -1);
    const spans = [
      [500, 510],
      [0, 5],
      [all.length - 3, all.length],
    ] as const;
    assert.equal(parts.length, 3);
    for (const [index, [start, end]] of spans.entries()) {
      const head = `\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end - 1}/${all.length}\r\n\r\n`;
      assert.equal(parts[index], head + all.subarray(start, end).toString('latin1'));
    }
  }
});

test('an empty file has no range; HEAD and a stale If-Range have none either', async () => {
  await using stage = await web(SITE);
  assert.equal((await ask(stage, '/empty.bin', ['Range: bytes=0-'])).status, 416);
  const head = await ask(stage, '/small.bin', ['Range: bytes=0-4'], 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-length'], '1000');
  assert.equal((await ask(stage, '/small.bin', ['Range: bytes=0-4', 'If-Range: "other"'])).status, 200);
  const { etag = '' } = head.headers;
  assert.equal((await ask(stage, '/small.bin', ['Range: bytes=0-4', `If-Range: ${etag}`])).status, 206);
  assert.equal((await ask(stage, '/small.bin', ['Range: bytes=0-4', `If-None-Match: ${etag}`])).status, 304);
});
