import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKey, isLoopback, networkKey, plainAddress } from '../../src/net/address.ts';
import { createCidrList } from '../../src/net/cidr.ts';
import { ConnectionLimits } from '../../src/net/limits.ts';
import { openFileLimit } from '../../src/net/open-files.ts';

const CAPS = { connections: 100, connectionsPerAddress: 3, connectionsPerUser: 2 };
const from = (address: string) => ({ address, port: 1, loopback: isLoopback(address) });

test('AU-01 IPv6 clients are counted by /64, IPv4 ones by address', () => {
  const limits = new ConnectionLimits(CAPS);
  const refusals = ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:9::', '2001:db8::3', '2001:db8:0:1::1'].map((address) =>
    limits.enterAddress(from(address)),
  );
  assert.deepEqual(refusals, [undefined, undefined, undefined, 'address', undefined]);
  limits.leaveAddress(from('2001:db8::2'));
  assert.equal(limits.enterAddress(from('2001:db8::7')), undefined);
});

test('loopback is one address: only the whole counts', () => {
  const limits = new ConnectionLimits(CAPS, 1);
  for (let n = 0; n < 50; n++) assert.equal(limits.enterAddress(from('127.0.0.1')), undefined);
  for (let n = 0; n < 50; n++) limits.enterUser('ann', from('::1'));
});

test('a rate is a bucket: full at first, then refused, and others are not', () => {
  const limits = new ConnectionLimits({ ...CAPS, connectionsPerAddress: 1000 }, 5);
  const tries = Array.from({ length: 6 }, () => limits.enterAddress(from('192.0.2.1')));
  assert.deepEqual(tries, [undefined, undefined, undefined, undefined, undefined, 'rate']);
  assert.equal(limits.enterAddress(from('192.0.2.2')), undefined);
});

test('the soft cap refuses politely, the hard one, 10 % above, drops', () => {
  const limits = new ConnectionLimits({ ...CAPS, connections: 10 });
  for (let n = 0; n < 10; n++) assert.equal(limits.enter(), undefined);
  assert.equal(limits.enter(), 'connections');
  const done = limits.turnAway();
  assert.equal(limits.enter(), 'full');
  done();
  limits.leave();
  assert.equal(limits.enter(), undefined);
});

test('an account has its share of connections', () => {
  const limits = new ConnectionLimits(CAPS);
  const peer = from('192.0.2.1');
  limits.enterUser('ann', peer);
  limits.enterUser('ann', peer);
  limits.enterUser('bob', peer);
  assert.throws(() => limits.enterUser('ann', peer), { code: 'CS_BUSY' });
  limits.leaveUser('ann', peer);
  limits.enterUser('ann', peer);
});

test('networks: IPv4, IPv6, mapped and single addresses', () => {
  const list = createCidrList(['10.0.0.0/8', 'fd00::/8', '192.0.2.7']);
  const inside = ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.0.2.7'];
  const outside = ['11.0.0.1', 'fe80::1', '192.0.2.8', 'unix', ''];
  assert.deepEqual(inside.map(list.has), [true, true, true, true]);
  assert.deepEqual(outside.map(list.has), [false, false, false, false, false]);
  assert.equal(list.size, 3);
});

for (const bad of [
  '',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0/8',
  'fd00::/129',
  '10.0.0.0/8/8',
  'localhost',
  'fe80::1%lo/64',
]) {
  test(`networks: ${JSON.stringify(bad)} is refused`, () => {
    assert.throws(() => createCidrList([bad]), { code: 'CS_USAGE' });
  });
}

test('addresses: mapped ones are plain, loopback is known', () => {
  assert.equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1');
  assert.deepEqual(['127.9.9.9', '::1', '::ffff:127.0.0.1', '128.0.0.1', '::2'].map(isLoopback), [
    true,
    true,
    true,
    false,
    false,
  ]);
  assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1');
  assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(networkKey('::ffff:192.0.2.1'), '192.0.2.0/24');
  assert.equal(networkKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
});

test('the open-file limit of this process is known', () => assert.ok(openFileLimit() >= 64));
