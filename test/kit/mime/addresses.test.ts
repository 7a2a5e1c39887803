import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressTexts, mailAddress } from '../../../src/kit/mime/address-text.ts';
import { addressList } from '../../../src/kit/mime/addresses.ts';
import { decodedAddresses } from '../../../src/kit/mime/decoded-addresses.ts';
import { headerFacts } from '../../../src/kit/mime/header-facts.ts';
import { headerLines } from '../../../src/protocols/inbox/model/header-lines.ts';
import { fc } from '../../property.ts';
import { ADDRESS_ROWS, DECODED_ROWS } from './address-rows.ts';

function enveloped(list: string): string {
  return addressList(list)
    .map((one) => [one.name, one.route, one.mailbox, one.host].map((word) => word ?? '-').join(' '))
    .join('|');
}

for (const { list, envelope, texts, first } of ADDRESS_ROWS) {
  test(`addresses of ${JSON.stringify(list)}`, () => {
    assert.equal(enveloped(list), envelope);
    assert.deepEqual(addressTexts(list), texts);
    const { name, address } = mailAddress(list);
    assert.deepEqual([name, address], [first[0].trim(), first[1]]);
  });
}

for (const [field, read] of DECODED_ROWS) {
  test(`an address field is read as ${JSON.stringify(read)}`, () => {
    assert.equal(decodedAddresses(field), read);
    const header = Buffer.from(`To: ${field}\r\nFrom: ${field}\r\n\r\n`, 'latin1');
    const facts = headerFacts(header);
    assert.equal(facts.from, read);
    assert.deepEqual(facts.to, addressTexts(read));
    assert.deepEqual(headerLines(header)[0], ['To', read]);
  });
}

test('whatever is encoded, a list has the addresses that it had before it was read', () => {
  const piece = fc.constantFrom(
    ...'<>@,;:()"\\ [].a'.split(''),
    '=?utf-8?q?=2C?=',
    '=?utf-8?q?=40=3Ca=22?=',
    '=?a?b?YUBi?=',
    '=?',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const list = pieces.join('');
      const bare = (text: string): (string | undefined)[] =>
        addressList(text).flatMap(({ host }) => (host ? [host] : []));
      assert.deepEqual(bare(decodedAddresses(list)), bare(list));
    }),
    { numRuns: 3000 },
  );
});

test('MI-02 openings that are never closed cost one look each', () => {
  for (const sign of ['(', '"', '<', ',', '"(', '(\\', '@[', '[', '=?', ':', '=?utf-8?q?']) {
    const list = sign.repeat(1_000_000 / sign.length);
    // Quadratic work on a million signs would never end.
    assert.ok(addressTexts(list).length <= 1, sign);
    assert.ok(decodedAddresses(`=?${list}`).length > 0);
  }
});

test('a long list is read as far as asked', () => {
  assert.equal(addressTexts('a@x,'.repeat(5000), 1000).length, 1000);
  assert.equal(addressTexts('G: a@x, b@x;'.repeat(1000), 3).join(), 'a@x,b@x,a@x');
});
