import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic } from '../../src/auth/clock.ts';
import { Lanes } from '../../src/auth/lanes.ts';
import {
  hashMachineSecret,
  hashPassword,
  nobodysHash,
  outdated,
  scryptHasher,
  verifyPassword,
} from '../../src/auth/password.ts';
import { accountAddress, accountName, storedPassword } from '../../src/auth/user-record.ts';
import { CsError } from '../../src/kit/errors.ts';
import { CHEAP } from './fixture.ts';

const code = (expected: string) => (error: unknown) => error instanceof CsError && error.code === expected;

test('a password is kept as scrypt with N=2^15, r=8, p=3 and a salt of its own', async () => {
  const [one, two] = await Promise.all([scryptHasher.hash('correct horse'), scryptHasher.hash('correct horse')]);
  assert.match(one, /^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, two);
  assert.equal(await verifyPassword(one, 'correct horse'), true);
  assert.equal(await verifyPassword(one, 'correct horsf'), false);
  assert.equal(outdated(one), false);
  assert.equal(outdated(await hashPassword('x', CHEAP)), true);
  assert.equal(outdated(hashMachineSecret('x')), false);
});

test('the scrypt vector of RFC 7914 section 12', async () => {
  const output = Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162', 'hex');
  const stored = `$scrypt$ln=10,r=8,p=16$TmFDbA$${output.toString('base64').slice(0, 43)}`;
  assert.equal(await verifyPassword(stored, 'password'), true);
  assert.equal(await verifyPassword(stored, 'passwore'), false);
});

test('no password fits the hash of nobody', async () => {
  assert.equal(await verifyPassword(nobodysHash(CHEAP), ''), false);
  assert.notEqual(nobodysHash(), nobodysHash());
});

test('a stored hash that we did not write is refused before it costs memory or time', async () => {
  const rest = `$${'A'.repeat(22)}$${'A'.repeat(43)}`;
  for (const stored of [
    '',
    'plain',
    `$scrypt$ln=30,r=8,p=1${rest}`,
    `$scrypt$ln=15,r=99,p=1${rest}`,
    `$scrypt$ln=15,r=8,p=99${rest}`,
    `$scrypt$ln=0,r=8,p=1${rest}`,
    '$scrypt$ln=15,r=8,p=3$AAAA$AAAA',
    '$2b$10$abcdefghijklmnopqrstuv',
  ]) {
    await assert.rejects(verifyPassword(stored, 'x'), code('CS_LOCAL_IO'), stored);
  }
});

test('lanes: two at once, in order, the rest refused; a failure frees its lane', async () => {
  const lanes = new Lanes(2, 3);
  const started: number[] = [];
  const release: (() => void)[] = [];
  const task = (n: number) => () =>
    new Promise<number>((resolve, reject) => {
      started.push(n);
      release.push(() => (n === 1 ? reject(new Error('one')) : resolve(n)));
    });
  const all = [0, 1, 2, 3, 4, 5, 6].map((n) => lanes.run(task(n)));
  const settled = Promise.allSettled(all);
  assert.deepEqual(started, [0, 1]);
  while (release.length > 0) {
    release.shift()?.();
    await new Promise(setImmediate);
  }
  const words = (await settled).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason.code ?? 'failed')));
  assert.deepEqual(words, [0, 'failed', 2, 3, 4, 'CS_BUSY', 'CS_BUSY']);
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
});

test('the real clock ends a sleep when its signal does, with the reason', async () => {
  const reason = new Error('left');
  const gone = new AbortController();
  const sleep = monotonic.sleep(60_000, gone.signal);
  gone.abort(reason);
  await assert.rejects(sleep, reason);
  await monotonic.sleep(0);
  assert.ok(monotonic.now() > 0);
});

test('PA-10 names that would be paths, templates or nothing are no account names', () => {
  for (const name of [
    '../admin',
    'a/b',
    '%',
    '',
    '.',
    '..',
    'a\\b',
    '*',
    ' ann',
    'a\u200bb',
    'a\tb',
    '@x.test',
    'a@',
    'a@b@c',
  ]) {
    assert.throws(() => accountName(name), code('CS_INPUT'), JSON.stringify(name));
  }
  assert.throws(() => accountName('x'.repeat(10_240)), code('CS_INPUT'));
  assert.equal(accountName('Ann@M\u00fcnchen.TEST'), 'ann@xn--mnchen-3ya.test');
  assert.equal(accountName('\uff21nn'), 'ann');
  assert.equal(accountAddress('Ann.Lee+x@M\u00fcnchen.test'), 'ann.lee+x@xn--mnchen-3ya.test');
  for (const address of ['ann', '', 'a b@x', '<a@x>', 'a@x ', 'a@x> SIZE=1', '@r:a@x', 'a@-x']) {
    assert.throws(() => accountAddress(address), code('CS_INPUT'), JSON.stringify(address));
  }
});

test('a password that nobody could log in with is not stored', async () => {
  for (const password of ['', 'a\0b', 'a\nb', 'x'.repeat(1025), '\ud800']) {
    await assert.rejects(storedPassword({ password, machine: true, scram: false }), code('CS_INPUT'));
  }
});
