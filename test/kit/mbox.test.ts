import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMbox, MboxReader, MboxWriter, mboxSeparator } from '../../src/kit/mbox.ts';
import { fc } from '../property.ts';

function read(file: Buffer, step = file.length || 1): { texts: string[]; times: (number | undefined)[] } {
  const reader = new MboxReader();
  const texts: string[] = [];
  const times: (number | undefined)[] = [];
  const take = (events: ReturnType<MboxReader['push']>): void => {
    for (const event of events) {
      if (event.kind === 'octets') texts[texts.length - 1] += event.bytes.toString('latin1');
      else {
        texts.push('');
        times.push(event.receivedAt);
      }
    }
  };
  for (let at = 0; at < file.length; at += step) take(reader.push(file.subarray(at, at + step)));
  take(reader.end());
  return { texts, times };
}

function write(messages: readonly string[], step = 1000): Buffer {
  const writer = new MboxWriter();
  const parts: Buffer[] = [];
  for (const message of messages) {
    parts.push(mboxSeparator('a@x', 1_577_934_245_000));
    const octets = Buffer.from(message, 'latin1');
    for (let at = 0; at < octets.length; at += step) parts.push(writer.push(octets.subarray(at, at + step)));
    parts.push(writer.end());
  }
  return Buffer.concat(parts);
}

test('mbox: what is written is read again, whatever the split', () => {
  const line = fc.constantFrom(
    '',
    'From ',
    'From me Thu Jan  2 03:04:05 2020',
    '>From x',
    '>>From y',
    'text',
    'F',
    '>',
    'x'.repeat(70_000),
  );
  const messages = fc.array(
    fc.array(line, { maxLength: 6 }).map((lines) => lines.map((one) => `${one}\r\n`).join('')),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(messages, fc.integer({ min: 1, max: 90_000 }), (all, step) => {
      assert.deepEqual(read(write(all, step), step).texts, all);
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(read(write(['a\r\n', '\r\n\r\n']), 1).texts, ['a\r\n', '\r\n\r\n']);
});

test('mbox: the separator tells when a message came, and what is no separator is text', () => {
  const file = Buffer.from(
    'junk\nFrom a Thu Jan  2 03:04:05 2020\nS: 1\n\nFrom here on it is text\n\nFrom b@y Thu Jan  2 03:04:06 2020\n\nx\n',
  );
  const { texts, times } = read(file);
  assert.deepEqual(texts, ['S: 1\r\n\r\nFrom here on it is text\r\n', '\r\nx\r\n']);
  assert.deepEqual(times, [1_577_934_245_000, 1_577_934_246_000]);
  assert.ok(isMbox(file.subarray(5)));
  assert.ok(!isMbox(Buffer.from('From: a\r\n\r\n')));
});

test('mbox: a line without end costs no more than its octets', () => {
  const line = `${'x'.repeat(5_000_000)}\r\n`;
  assert.deepEqual(read(write([line], 65_536), 65_536).texts, [line]);
});
