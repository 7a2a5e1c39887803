import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Line, LineReader } from '../../../../src/protocols/imap/syntax/line-reader.ts';
import { fc } from '../../../property.ts';

/** Lines as text, literals as `<octets>`; streamed ones as the pieces they came in, joined. */
function readAll(octets: Buffer, cuts: readonly number[], stream = false): string[] {
  const reader = new LineReader();
  const said: string[] = [];
  let streamed = '';
  const show = (line: Line) =>
    line
      .map((part) =>
        typeof part === 'string' ? part : part.octets ? `<${Buffer.from(part.octets)}>` : `<${streamed}>`,
      )
      .join('');
  const edges = [0, ...[...cuts].sort((a, b) => a - b), octets.length];
  for (let at = 1; at < edges.length; at++) {
    for (const event of reader.receive(octets.subarray(edges[at - 1], edges[at]))) {
      if (event.kind === 'literal' && stream) reader.stream();
      if (event.kind === 'octets') streamed += Buffer.from(event.octets).toString('latin1');
      if (event.kind === 'broken') said.push(`broken ${show(event.line)}`);
      if (event.kind === 'line') said.push(show(event.line));
    }
  }
  return said;
}

const SAID = Buffer.from(
  'a LOGIN {3}\r\nann {6+}\r\nse\r\net\r\nb APPEND x ~{4}\r\n\0\r\n) (\\Seen)\r\nc NOOP\nd NOOP\r\n\ne {0}\r\n\r\n',
  'latin1',
);
const LINES = [
  'a LOGIN <ann> <se\r\net>',
  'b APPEND x <\0\r\n)> (\\Seen)',
  'broken c NOOP',
  'd NOOP',
  'broken ',
  'e <>',
];

test('lines and literals are the same however the octets are cut', () => {
  assert.deepEqual(readAll(SAID, []), LINES);
  assert.deepEqual(readAll(SAID, [...SAID.keys()]), LINES);
  const cuts = fc.array(fc.integer({ min: 0, max: SAID.length }), { maxLength: 12 });
  fc.assert(fc.property(cuts, (at) => assert.deepEqual(readAll(SAID, at), LINES)));
});

test('a streamed literal hands out each octet once', () => {
  const one = Buffer.from('a APPEND x {10}\r\n0123456789 more\r\n');
  const cuts = fc.array(fc.integer({ min: 0, max: one.length }), { maxLength: 12 });
  fc.assert(fc.property(cuts, (at) => assert.deepEqual(readAll(one, at, true), ['a APPEND x <0123456789> more'])));
});

test('a refused literal ends its line, a dropped one leaves its place empty', () => {
  const reader = new LineReader();
  const [first] = [...reader.receive(Buffer.from('a LOGIN {2147483647}\r\n'))];
  assert.equal(first?.kind, 'literal');
  reader.refuse();
  assert.equal(reader.begun, false);
  const events: unknown[] = [];
  for (const event of reader.receive(Buffer.from('b NOOP\r\nc X {5+}\r\nabcde y\r\n'))) {
    if (event.kind === 'literal') reader.drop();
    else events.push(event);
  }
  assert.deepEqual(events, [
    { kind: 'line', line: ['b NOOP'] },
    { kind: 'line', line: ['c X ', { size: 5, binary: false }, ' y'] },
  ]);
});

test('a line over the limit is refused before its end is seen, whatever it is made of', () => {
  const limit = { code: 'CS_PEER_LIMIT' };
  assert.throws(() => [...new LineReader().receive(Buffer.alloc(1 << 20, 'x'))], limit);
  const reader = new LineReader({ limit: 100 });
  const feed = () => {
    for (let count = 0; count < 50; count++) [...reader.receive(Buffer.from('{1+}\r\nx'))];
  };
  assert.throws(feed, limit);
});

test('an octet at a time costs the same for each octet', () => {
  const reader = new LineReader();
  const octet = Buffer.from('x');
  for (let count = 0; count < 64 * 1024; count++) assert.deepEqual([...reader.receive(octet)], []);
  const [event] = [...reader.receive(Buffer.from('\r\n'))];
  assert.equal(event?.kind === 'line' && (event.line[0] as string).length, 64 * 1024);
});

test('a mark at the end of free text, or of a plain line, announces nothing', () => {
  const reader = new LineReader({ isText: (line) => line.startsWith('* OK') });
  assert.deepEqual([...reader.receive(Buffer.from('* OK {5}\r\n'))], [{ kind: 'line', line: ['* OK {5}'] }]);
  reader.plain = true;
  assert.deepEqual([...reader.receive(Buffer.from('abc{5}\r\n'))], [{ kind: 'line', line: ['abc{5}'] }]);
});

test('what is behind a line can be taken out for another layer', () => {
  const reader = new LineReader();
  const events = reader.receive(Buffer.from('a STARTTLS\r\nb NOOP\r\n'));
  assert.deepEqual(events.next().value, { kind: 'line', line: ['a STARTTLS'] });
  assert.equal(Buffer.from(reader.release()).toString(), 'b NOOP\r\n');
  assert.equal(events.next().done, true);
});

test('a size of more digits than a number holds is not finite', () => {
  const reader = new LineReader();
  const [event] = [...reader.receive(Buffer.from('a X {99999999999999999999}\r\n'))];
  assert.equal(event?.kind === 'literal' && event.literal.size, Number.POSITIVE_INFINITY);
});
