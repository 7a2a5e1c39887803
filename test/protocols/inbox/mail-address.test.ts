import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressTexts, mailAddress } from '../../../src/protocols/inbox/model/mail-address.ts';

test('a list of addresses is taken apart at its commas, and at no other', () => {
  for (const [list, parts] of [
    ['', []],
    [' , ,', []],
    ['a@x.test', ['a@x.test']],
    ['Ann <a@x.test>, b@x.test', ['Ann <a@x.test>', 'b@x.test']],
    ['"B, C" <b@x.test>,c@x.test', ['"B, C" <b@x.test>', 'c@x.test']],
    ['"a\\", b" <a@x.test>, c@x.test', ['"a\\", b" <a@x.test>', 'c@x.test']],
    ['a@x.test (one, (two, three)), b@x.test', ['a@x.test (one, (two, three))', 'b@x.test']],
    ['<@a,@b:c@x.test>, d@x.test', ['<@a,@b:c@x.test>', 'd@x.test']],
    ['Friends: "A, B" <a@x.test>, b@x.test;, Others:;, c@x.test', ['"A, B" <a@x.test>', 'b@x.test', 'c@x.test']],
    ['undisclosed-recipients:;', []],
    ['a@x.test; b@x.test', ['a@x.test', 'b@x.test']],
    ['Re: Ann <a@x.test>', ['Re: Ann <a@x.test>']],
    ['G: a@[IPv6:::1], b@x.test;', ['a@[IPv6:::1]', 'b@x.test']],
    ['<>', []],
    ['"never closed, a@x.test', ['"never closed, a@x.test']],
  ] as const) {
    assert.deepEqual(addressTexts(list), parts, list);
  }
});

test('a name stands before angles, or in brackets behind the address', () => {
  for (const [written, name, address] of [
    ['"A, \\"B" <a@x.test>', 'A, "B', 'a@x.test'],
    ['a@x.test (Ann)', 'Ann', 'a@x.test'],
    ['(not) a@x.test', '', '(not) a@x.test'],
    ['a@x.test', '', 'a@x.test'],
  ] as const) {
    assert.deepEqual(mailAddress(written), { name, address }, written);
  }
});

test('MI-02 openings that are never closed cost one look each', () => {
  for (const sign of ['(', '"', '<', ',', '"(', '(\\']) {
    // Quadratic work on ten million signs would never end.
    assert.ok(addressTexts(sign.repeat(10_000_000 / sign.length)).length <= 1);
  }
});
