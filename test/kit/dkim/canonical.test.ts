import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BodyHash, canonicalField } from '../../../src/kit/dkim/canonical.ts';
import { headFields } from '../../../src/kit/dkim/head.ts';
import { fc } from '../../property.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest('base64');

test('fields: the examples of RFC 6376 section 3.4.5', () => {
  const [a, b] = headFields(Buffer.from('A: X\r\nB : Y\t\r\n\tZ  \r\n'));
  assert.equal(canonicalField(a!, 'relaxed'), 'a:X');
  assert.equal(canonicalField(b!, 'relaxed'), 'b:Y Z');
  assert.equal(canonicalField(a!, 'simple'), 'A: X');
  assert.equal(canonicalField(b!, 'simple'), 'B : Y\t\r\n\tZ  ');
});

test('bodies: the examples of RFC 6376 section 3.4.5, and empty ones', () => {
  for (const [how, body, canonical] of [
    ['relaxed', ' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['simple', ' C \r\nD \t E\r\n\r\n\r\n', ' C \r\nD \t E\r\n'],
    ['relaxed', '', ''],
    ['relaxed', ' \r\n\r\n\t', ''],
    ['simple', '', '\r\n'],
    ['simple', '\r\n\r\n', '\r\n'],
    ['simple', ' \r\n', ' \r\n'],
    ['simple', 'a\r', 'a\r\r\n'],
    ['relaxed', '\r\n\r\n a\r \nb', '\r\n\r\n a\r \nb\r\n'],
  ] as const) {
    assert.equal(new BodyHash(how).update(Buffer.from(body)).digest(), sha256(canonical), JSON.stringify([how, body]));
  }
});

test('a body in pieces of any size is the body as a whole', () => {
  const piece = fc.stringMatching(/^[ab \t\r\n]{0,12}$/);
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.constant('\r\n'))), (pieces) => {
      const body = pieces.join('');
      const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
      while (lines.length > 0 && lines.at(-1) === '') lines.pop();
      const hash = new BodyHash('relaxed');
      for (const one of pieces) hash.update(Buffer.from(one));
      assert.equal(hash.digest(), sha256(lines.map((line) => `${line}\r\n`).join('')));
    }),
  );
});

test('more than one buffer', () => {
  const body = 'line\r\n'.repeat(20_000);
  assert.equal(new BodyHash('simple').update(Buffer.from(`${body}\r\n\r\n`)).digest(), sha256(body));
});
