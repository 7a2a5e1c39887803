/** The way of octets through stream, reader and message, at any split. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Receipt } from '../../../src/contracts/delivery.ts';
import { DotStuffer } from '../../../src/protocols/shared/dot-stuffing.ts';
import { CountReader, DotReader } from '../../../src/protocols/smtp/body-readers.ts';
import { Hops } from '../../../src/protocols/smtp/hops.ts';
import { Incoming } from '../../../src/protocols/smtp/incoming.ts';
import { LineEnds } from '../../../src/protocols/smtp/line-ends.ts';
import { fc } from '../../property.ts';

const RUNS = { numRuns: 10_000 };
/** Octets out of which every trap is made. */
const traps = fc.array(fc.constantFrom(...'\r\n.\0a'), { maxLength: 24 }).map((symbols) => symbols.join(''));
/** Lines as they should be, dots at any place. */
const lines = fc
  .array(
    fc.array(fc.constantFrom('.', 'a', '\xe9'), { maxLength: 5 }).map((symbols) => symbols.join('')),
    { maxLength: 8 },
  )
  .map((all) => all.map((line) => `${line}\r\n`).join(''));
const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 6 });

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

function keep(anyOctet: boolean) {
  const kept: Uint8Array[] = [];
  const draft = {
    write: (chunk: Uint8Array) => {
      kept.push(chunk);
      return undefined;
    },
    commit: async (): Promise<Receipt> => ({ id: '1', size: 0, results: [] }),
    abort: async () => {},
  };
  const incoming = new Incoming(draft, { size: 1_000_000, hops: 50, anyOctet });
  return { incoming, text: () => Buffer.concat(kept).toString('latin1') };
}

/** Content, and what was left over; undefined where no end was seen. */
function unstuff(bytes: Buffer, at: readonly number[], anyOctet = true) {
  const { incoming, text } = keep(anyOctet);
  const reader = new DotReader(incoming, () => undefined);
  const parts = pieces(bytes, at);
  for (const [index, part] of parts.entries()) {
    if (part.length === 0) continue;
    const rest = reader.push(part);
    if (rest)
      return { text: text(), rest: Buffer.concat([rest, ...parts.slice(index + 1)]).toString('latin1'), incoming };
  }
  return { text: text(), rest: undefined, incoming };
}

test('SM-37 unstuff(stuff(x)) = x at any split, and what follows survives', () => {
  fc.assert(
    fc.property(lines, cuts, traps, (content, at, after) => {
      const stuffer = new DotStuffer();
      const stuffed = Buffer.concat([stuffer.push(Buffer.from(content, 'latin1')), stuffer.end(), Buffer.from(after)]);
      const { text, rest, incoming } = unstuff(stuffed, at, false);
      assert.equal(text, content);
      assert.equal(rest, after);
      assert.equal(incoming.refusal, undefined);
    }),
    RUNS,
  );
});

test('the end of data is where CRLF . CRLF is, whatever else there is, at any split', () => {
  fc.assert(
    fc.property(traps, cuts, (wire, at) => {
      const bytes = Buffer.from(wire, 'latin1');
      const end = `\r\n${wire}`.indexOf('\r\n.\r\n');
      const { text, rest } = unstuff(bytes, at);
      if (end === -1) assert.equal(rest, undefined);
      else {
        assert.equal(rest, wire.slice(end + 3));
        assert.equal(text, `\r\n${wire.slice(0, end)}`.replaceAll('\r\n.', '\r\n').slice(2));
      }
    }),
    RUNS,
  );
});

test('a bare CR, a bare LF and NUL are found at any split, and nothing else is', () => {
  fc.assert(
    fc.property(traps, cuts, (text, at) => {
      const found = new LineEnds();
      let fine = true;
      for (const piece of pieces(Buffer.from(text), at)) fine = found.push(piece) && fine;
      assert.equal(fine && found.end(), !/\r(?!\n)|(?<!\r)\n|\0/.test(text));
    }),
    RUNS,
  );
});

test('Received fields are counted at any split, and only in the header', () => {
  const field = fc.constantFrom(
    'Received: x\r\n',
    'RECEIVED:\r\n\ty\r\n',
    'Received-SPF: x\r\n',
    'X-Received: z\r\n',
    '\r\n',
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 8 }), cuts, (fields, at) => {
      const hops = new Hops();
      for (const piece of pieces(Buffer.from(fields.join('')), at)) hops.push(piece);
      const header = fields.slice(0, fields.includes('\r\n') ? fields.indexOf('\r\n') : undefined);
      assert.equal(hops.count, header.filter((line) => /^received:/i.test(line)).length);
    }),
    { numRuns: 2000 },
  );
});

test('BDAT takes so many octets and not one more, at any split', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), traps, cuts, (content, after, at) => {
      const { incoming, text } = keep(true);
      const reader = new CountReader(content.length, incoming, () => undefined);
      const wire = Buffer.concat([content, Buffer.from(after)]);
      let rest: Buffer | undefined;
      for (const piece of pieces(wire, at)) {
        if (rest) rest = Buffer.concat([rest, piece]);
        else if (piece.length > 0) rest = reader.push(piece);
      }
      assert.equal(text(), Buffer.from(content).toString('latin1'));
      assert.equal(rest?.toString('latin1'), after);
    }),
    { numRuns: 2000 },
  );
});

test('dots cost no more than text: time grows with the octets', () => {
  const writes = (body: Buffer) => {
    let count = 0;
    const draft = {
      write: () => {
        count += 1;
        return undefined;
      },
      commit: async () => ({ id: '', size: 0, results: [] }),
      abort: async () => {},
    };
    const reader = new DotReader(new Incoming(draft, { size: 1e9, hops: 50, anyOctet: false }), () => undefined);
    for (let at = 0; at < body.length; at += 65_536) reader.push(body.subarray(at, at + 65_536));
    return count;
  };
  const dots = Buffer.from('..\r\n'.repeat(250_000));
  assert.ok(writes(dots) <= Math.ceil(dots.length / 65_536), 'one write for each chunk');
});
