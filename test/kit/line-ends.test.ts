import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineNormaliser, normaliseLines } from '../../src/kit/line-ends.ts';
import { DotStuffer, DotUnstuffer } from '../../src/protocols/shared/dot-stuffing.ts';
import { fc } from '../property.ts';

const octets = fc
  .array(fc.constantFrom(...Buffer.from('\r\n..ab\0\xff')), { maxLength: 40 })
  .map((list) => Buffer.from(list));

test('SM-37 what we relay has no bare CR or LF, and unstuff(stuff(x)) = x, whatever the split', () => {
  fc.assert(
    fc.property(octets, fc.nat(40), (message, at) => {
      const lines = new LineNormaliser();
      const dots = new DotStuffer();
      const parts = [message.subarray(0, at), message.subarray(at)].map((part) =>
        dots.push(Buffer.from(lines.push(part))),
      );
      const wire = Buffer.concat([...parts, dots.push(lines.end()), dots.end()]);
      const text = wire.toString('latin1');
      assert.doesNotMatch(text, /\r(?!\n)|(?<!\r)\n/);
      assert.equal(text.indexOf('\r\n.\r\n'), text.length === 3 ? -1 : text.length - 5);
      const { body, rest } = new DotUnstuffer().push(wire);
      const expected = message.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
      const ended = expected === '' || expected.endsWith('\r\n') ? expected : `${expected}\r\n`;
      assert.equal(Buffer.from(body).toString('latin1'), ended);
      assert.equal(rest?.length, 0);
      assert.equal(Buffer.from(normaliseLines(message)).toString('latin1'), expected);
    }),
    { numRuns: 100_000 },
  );
});

test('what is right already is not copied', () => {
  const message = Buffer.from('a\r\n.b\r\n');
  assert.equal(new LineNormaliser().push(message).buffer, message.buffer);
});
