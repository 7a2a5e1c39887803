import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalOwner, ownersOf, withoutDetail } from '../../../src/stores/shared/address.ts';

const CANONICAL: readonly (readonly [written: string, owner: string])[] = [
  ['Ann@X.Test', 'ann@x.test'],
  ['test7', 'test7'],
  ['TEST7', 'test7'],
  ['ann+Tag@x.test', 'ann+tag@x.test'],
  ['sales@Bücher.test', 'sales@xn--bcher-kva.test'],
  ['sales@xn--bcher-kva.test', 'sales@xn--bcher-kva.test'],
  ['JO\u0308RG@x.test', 'jörg@x.test'],
  ['"a@b"@x.test', '"a@b"@x.test'],
  ['u@[127.0.0.1]', 'u@[127.0.0.1]'],
  ['u@', 'u@'],
];
for (const [written, owner] of CANONICAL) {
  test(`SM-36 compared as A-labels and folded: ${written}`, () => assert.equal(canonicalOwner(written), owner));
}

test('the detail of an address is what follows the first plus', () => {
  assert.equal(withoutDetail('ann+a+b@x.test'), 'ann@x.test');
  assert.equal(withoutDetail('ann@x.test'), undefined);
  assert.equal(withoutDetail('+a@x.test'), undefined);
  assert.equal(withoutDetail('ann@x+y.test'), undefined);
});

test('nobody owns mail by calling themselves everything', () => {
  const session = { user: '*' };
  assert.deepEqual(
    ownersOf({ to: [{ address: 'ann@x.test' }, { address: 'ANN@x.test' }], session }, () => undefined),
    ['ann@x.test'],
  );
});
