import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceKey, Throttle } from '../../src/auth/throttle.ts';
import { CsError } from '../../src/kit/errors.ts';
import { Auth, FakeClock, LOOPBACK, REMOTE, remote } from './fixture.ts';

async function outcome(attempt: Promise<unknown>): Promise<string> {
  try {
    return (await attempt) === undefined ? 'rejected' : 'accepted';
  } catch (error) {
    assert.ok(error instanceof CsError, String(error));
    return error.code;
  }
}

test('AU-01 a failure is told after a second and shuts the source out above 15 s of penalty', async () => {
  const auth = new Auth();
  await auth.add('ann', 'right');
  const seen: string[] = [];
  // A thousand tries in one second: the answers wait side by side.
  for (let n = 0; n < 1000; n++) {
    const { time } = auth.clock;
    seen.push(await outcome(auth.login('ann', `wrong ${n}`)));
    auth.clock.time = time + 1;
  }
  assert.deepEqual(seen.slice(0, 4), ['rejected', 'rejected', 'rejected', 'rejected']);
  assert.equal(seen.filter((word) => word === 'CS_BUSY').length, 996);
  assert.equal(auth.hasher.checks, 4);
  assert.deepEqual(auth.clock.sleeps, [1000, 1000, 1000, 1000]);
  assert.equal(await outcome(auth.login('ann', 'right')), 'CS_BUSY');
  assert.equal(await outcome(auth.login('ann', 'right', remote('198.51.100.8'))), 'accepted');
  assert.ok(auth.logged.some(({ event }) => event === 'auth.blocked'));
  auth.clock.time += 5000;
  assert.equal(await outcome(auth.login('ann', 'right')), 'accepted');
});

test('AU-01 a penalty is 5 s for each failure, ten minutes at most, and passes with time', async () => {
  const clock = new FakeClock();
  const told: number[] = [];
  const throttle = new Throttle(clock, false, (_, ms) => told.push(ms));
  const failures = async (count: number): Promise<void> => {
    const { time } = clock;
    for (let n = 0; n < count; n++) {
      await throttle.failed('ann', REMOTE);
      clock.time = time;
    }
  };
  await failures(3);
  assert.equal(throttle.penalty(REMOTE), 15_000);
  throttle.admit(REMOTE);
  await failures(2000);
  assert.equal(throttle.penalty(REMOTE), 600_000);
  assert.equal(told.length, 1);
  clock.time += 584_000;
  assert.throws(() => throttle.admit(REMOTE), { code: 'CS_BUSY', message: /next try in 1 s/ });
  clock.time += 1000;
  throttle.admit(REMOTE);
  clock.time += 60_000;
  assert.equal(throttle.penalty(REMOTE), 0);
});

test('AU-01 IPv6 counts by /64, IPv4 in IPv6 as IPv4', async () => {
  const rows: [string, string][] = [
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3::5.6.7.8', '1:2:3:0::/64'],
  ];
  for (const [address, key] of rows) assert.equal(sourceKey(address), key, address);
  const auth = new Auth();
  for (let n = 0; n < 5; n++) await outcome(auth.login('ann', 'x', remote(`2001:db8:1:2::${n}`)));
  assert.equal(await outcome(auth.login('ann', 'x', remote('2001:db8:1:2:ffff::9'))), 'CS_BUSY');
  assert.equal(await outcome(auth.login('ann', 'x', remote('2001:db8:1:3::9'))), 'rejected');
});

test('AU-01 10,000 addresses on one user slow it down to 4 s, and never lock it out', async () => {
  const auth = new Auth();
  await auth.add('ann', 'right');
  for (let n = 0; n < 10_000; n++) {
    const from = remote(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    // All within a second: the waits of different connections run side by side.
    const time = auth.clock.time;
    assert.equal(await outcome(auth.accounts.settle('ann', false, from)), 'rejected');
    auth.clock.time = time;
  }
  auth.clock.sleeps.length = 0;
  assert.equal(await outcome(auth.login('ann', 'right')), 'accepted');
  assert.deepEqual(auth.clock.sleeps, [4000]);
  assert.equal(await outcome(auth.login('ann', 'right', remote('192.0.2.200'))), 'accepted');
  assert.deepEqual(auth.clock.sleeps, [4000], 'a login that succeeded lately does not wait');
  auth.clock.time += 30_000 * 30;
  await auth.add('ann', 'other');
  auth.clock.sleeps.length = 0;
  assert.equal(await outcome(auth.login('ann', 'other')), 'accepted');
  assert.deepEqual(auth.clock.sleeps, []);
});

test('known and unknown names are slowed down alike', async () => {
  const waits: number[][] = [];
  for (const user of ['ann', 'unknown']) {
    const auth = new Auth();
    await auth.add('ann', 'right');
    for (let n = 0; n < 12; n++) await outcome(auth.login(user, 'wrong', remote(`192.0.2.${n}`)));
    waits.push(auth.clock.sleeps);
  }
  assert.deepEqual(waits[0], waits[1]);
  assert.ok(waits[0]!.some((ms) => ms > 0 && ms !== 1000));
});

test('loopback is exempt unless it is asked for', async () => {
  for (const throttleLoopback of [false, true]) {
    const auth = new Auth({ throttleLoopback });
    const words: string[] = [];
    for (let n = 0; n < 10; n++) words.push(await outcome(auth.login('ann', 'wrong', LOOPBACK)));
    assert.equal(words.includes('CS_BUSY'), throttleLoopback);
    assert.equal(auth.clock.sleeps.length > 0, throttleLoopback);
  }
});

test('AU-08 a wall clock that jumps frees nobody, locks nobody out and ends no cached login', async (t) => {
  const auth = new Auth();
  await auth.add('ann', 'right');
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 2, 12) });
  for (let n = 0; n < 4; n++) await outcome(auth.login('ann', 'wrong'));
  await outcome(auth.login('ann', 'right', LOOPBACK));
  const checks = auth.hasher.checks;
  for (const hours of [-2, 24]) {
    t.mock.timers.setTime(Date.UTC(2026, 0, 2, 12 + hours));
    assert.equal(await outcome(auth.login('ann', 'right')), 'CS_BUSY', 'still shut out');
    assert.equal(await outcome(auth.login('ann', 'right', LOOPBACK)), 'accepted');
    assert.equal(auth.hasher.checks, checks, 'still remembered');
  }
  auth.clock.time += 5000;
  assert.equal(await outcome(auth.login('ann', 'right')), 'accepted', 'by the monotonic clock');
});

test('a client that leaves ends its own waiting', async () => {
  const auth = new Auth();
  const gone = new AbortController();
  gone.abort(new CsError('CS_CANNOT_CONNECT', 'gone'));
  assert.equal(await outcome(auth.accounts.settle('ann', false, REMOTE, gone.signal)), 'CS_CANNOT_CONNECT');
  assert.deepEqual(
    (await auth.facts()).map(({ event }) => event),
    ['auth.failed'],
  );
});

test('what is remembered of sources and accounts is bounded', async () => {
  const auth = new Auth();
  for (let n = 0; n < 3; n++) await auth.accounts.settle('ann', false, remote('203.0.113.1'));
  for (let n = 0; n < 10_000; n++) {
    await auth.accounts.settle(`u${n}`, false, remote(`10.1.${n >> 8}.${n & 255}`));
    auth.clock.time -= 1000;
  }
  await auth.accounts.settle('ann', false, remote('203.0.113.1'));
  assert.equal(
    await outcome(auth.accounts.settle('ann', false, remote('203.0.113.1'))),
    'rejected',
    'forgotten meanwhile',
  );
});
