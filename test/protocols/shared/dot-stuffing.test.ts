import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DotStuffer, DotUnstuffer } from '../../../src/protocols/shared/dot-stuffing.ts';
import { fc } from '../../property.ts';

/** Octets that matter to the grammar, and a few that do not, in random pieces. */
const content = fc.array(fc.constantFrom('.', '\r', '\n', '\r\n', '\r\n.', 'a', '..', 'xyz'), { maxLength: 40 });
const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 12 });

function pieces(bytes: Buffer, at: readonly number[]): Buffer[] {
  const edges = [0, ...at.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

function stuff(chunks: readonly Buffer[]): Buffer {
  const stuffer = new DotStuffer();
  return Buffer.concat([...chunks.map((chunk) => stuffer.push(chunk)), stuffer.end()]);
}

function unstuff(chunks: readonly Buffer[]): { body: string; rest: string | undefined } {
  const unstuffer = new DotUnstuffer();
  const body: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const got = unstuffer.push(chunk);
    body.push(got.body);
    if (got.rest !== undefined) {
      return {
        body: Buffer.concat(body).toString(),
        rest: Buffer.concat([got.rest, ...chunks.slice(index + 1)]).toString(),
      };
    }
  }
  return { body: Buffer.concat(body).toString(), rest: undefined };
}

/** The rule in one line each, to measure the streams by. */
const terminated = (text: string): string => (text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`);
const plainly = (text: string): string => `${`\r\n${terminated(text)}`.replaceAll('\r\n.', '\r\n..').slice(2)}.\r\n`;

test('stuffing follows the rule, in any split', () => {
  fc.assert(
    fc.property(content, cuts, (parts, at) => {
      const text = parts.join('');
      assert.equal(stuff(pieces(Buffer.from(text), at)).toString(), plainly(text));
    }),
    { numRuns: 10_000 },
  );
});

test('unstuff(stuff(x)) is x, in any split, and what follows survives', () => {
  fc.assert(
    fc.property(content, cuts, content, (parts, at, after) => {
      const text = parts.join('');
      const wire = Buffer.from(plainly(text) + after.join(''));
      assert.deepEqual(unstuff(pieces(wire, at)), { body: terminated(text), rest: after.join('') });
    }),
    { numRuns: 10_000 },
  );
});

for (const [name, wire] of [
  ['LF.LF', 'a\n.\nb\r\n'],
  ['CR.CR', 'a\r.\rb\r\n'],
  ['CR.CRLF', 'a\r.\r\nb\r\n'],
  ['LF.CRLF', 'a\n.\r\nb\r\n'],
  ['CRLF.LF', 'a\r\n.\nb\r\n'],
  ['CRLF.CR', 'a\r\n.\rb\r\n'],
  ['NUL before the dot', 'a\r\n\0.\r\nb\r\n'],
  ['NUL behind the dot', 'a\r\n.\0\r\nb\r\n'],
] as const) {
  test(`${name} does not end a body`, () => {
    for (let cut = 0; cut <= wire.length; cut++) {
      const chunks = pieces(Buffer.from(`${wire}.\r\nrest`), [cut]);
      const { body, rest } = unstuff(chunks);
      assert.equal(rest, 'rest');
      assert.equal(body, wire.replaceAll('\r\n.', '\r\n'));
    }
  });
}

test('a chunk without dots is passed on, not copied', () => {
  const chunk = Buffer.from('no dots at all\r\nhere\r\n');
  assert.equal(new DotStuffer().push(chunk), chunk);
});
