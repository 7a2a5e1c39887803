import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CsError } from '../../../../src/kit/errors.ts';
import {
  decodeBase64Line,
  decodeInitialResponse,
  encodeBase64Line,
  encodeInitialResponse,
  isCancel,
  SASL_LINE,
} from '../../../../src/protocols/shared/sasl/base64.ts';
import { fc } from '../../../property.ts';

test('SM-16 bad base64 is refused in every form, as text and as octets', () => {
  const bad = [
    'a',
    'ab',
    'abc',
    'YQ',
    'YR==',
    'YQ=',
    'YQ==\n',
    ' YQ==',
    'Y Q=',
    'YQ==YQ==',
    '====',
    '=',
    '*',
    'YW-_',
    'é',
    'YQ\0=',
  ];
  for (const line of bad) {
    assert.throws(() => decodeBase64Line(line), { code: 'CS_PEER_PROTOCOL' }, JSON.stringify(line));
    assert.throws(() => decodeBase64Line(Buffer.from(line)), { code: 'CS_PEER_PROTOCOL' }, JSON.stringify(line));
  }
  assert.equal(decodeBase64Line('').length, 0);
  assert.equal(Buffer.from(decodeBase64Line('YW4=')).toString(), 'an');
});

test('SM-16 a response of 20 KiB is refused before it is decoded', () => {
  assert.throws(() => decodeBase64Line('A'.repeat(20 * 1024)), { code: 'CS_PEER_LIMIT' });
  assert.throws(() => decodeBase64Line(Buffer.alloc(SASL_LINE + 1, 'A')), { code: 'CS_PEER_LIMIT' });
  assert.equal(decodeBase64Line('A'.repeat(SASL_LINE)).length, (SASL_LINE / 4) * 3);
});

test('an initial response may be left out, empty, or base64; `*` cancels', () => {
  assert.equal(decodeInitialResponse(undefined), undefined);
  for (const word of ['=', Buffer.from('=')]) assert.equal(decodeInitialResponse(word)?.length, 0);
  assert.throws(() => decodeInitialResponse('=='), { code: 'CS_PEER_PROTOCOL' });
  assert.equal(encodeInitialResponse(new Uint8Array(0)), '=');
  for (const line of ['*', Buffer.from('*')]) assert.ok(isCancel(line));
  for (const line of ['', '**', ' *', Buffer.from('')]) assert.ok(!isCancel(line));
});

test('decode(encode(octets)) = octets, and what decodes is written back the same', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      assert.deepEqual([...decodeBase64Line(encodeBase64Line(octets))], [...octets]);
      assert.deepEqual([...(decodeInitialResponse(encodeInitialResponse(octets)) ?? [])], [...octets]);
    }),
    { numRuns: 2000 },
  );
  const letters = fc.string({ unit: fc.constantFrom(...'AQYZaz09+/=-_ *\r'), maxLength: 24 });
  fc.assert(
    fc.property(letters, (line) => {
      try {
        assert.equal(encodeBase64Line(decodeBase64Line(line)), line);
      } catch (error) {
        assert.ok(error instanceof CsError, String(error));
      }
    }),
    { numRuns: 10_000 },
  );
});
