import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashMachineSecret } from '../../src/auth/password.ts';
import type { Identity } from '../../src/contracts/accounts.ts';
import { CsError } from '../../src/kit/errors.ts';
import { Secret } from '../../src/kit/secret.ts';
import { Auth, LOOPBACK, REMOTE } from './fixture.ts';

const ANN: Identity = { name: 'ann', addresses: ['ann@x.test'], known: true };

async function withAnn(more: ConstructorParameters<typeof Auth>[0] = {}): Promise<Auth> {
  const auth = new Auth(more);
  await auth.add('ann', 'correct horse', { addresses: ['ann@x.test'] });
  return auth;
}

test('required: the right password of a known account, by name or address, and nothing else', async () => {
  const auth = await withAnn();
  assert.deepEqual(await auth.login('ann', 'correct horse'), ANN);
  assert.deepEqual(await auth.login('ANN@X.Test', 'correct horse'), ANN);
  assert.equal(await auth.login('ann', 'Correct horse'), undefined);
  assert.equal(await auth.login('ann', ''), undefined);
  assert.equal(await auth.login('bob', 'correct horse'), undefined);
  assert.equal(await auth.login('', 'correct horse'), undefined);
});

test('any: unknown users come in without a hash, a known account still needs its password', async () => {
  const auth = await withAnn({ mode: 'any' });
  assert.deepEqual(await auth.login('test7', 'x'), { name: 'test7', addresses: [], known: false });
  assert.deepEqual(await auth.login('Eve@Y.Test', ''), { name: 'eve@y.test', addresses: ['eve@y.test'], known: false });
  assert.equal(auth.hasher.checks + auth.hasher.hashes, 0);
  assert.equal(await auth.login('ann', 'wrong'), undefined);
  assert.deepEqual(await auth.login('ann', 'correct horse'), ANN);
});

test('facts name who, from where and how, never the password', async () => {
  const auth = await withAnn();
  const secret = 'planted-canary-7f3a';
  await auth.login('ann', 'correct horse', { ...REMOTE, mechanism: 'PLAIN' });
  await auth.login('ann', secret);
  await auth.login(`e\r\nve\u001b[31m${'x'.repeat(300)}`, secret);
  const [ok, failed, strange] = await auth.facts();
  const source = { server: 'smtp', conn: 'c1', protocol: 'smtp', address: '198.51.100.7' };
  assert.deepEqual(pick(ok), { event: 'auth.ok', user: 'ann', known: true, ...source, mechanism: 'PLAIN' });
  assert.deepEqual(pick(failed), { event: 'auth.failed', user: 'ann', ...source });
  const shown = String(strange?.user);
  assert.ok(shown.startsWith('e\\r\\nve\\x1b[31m') && shown.length < 300, shown);
  const all = JSON.stringify([await auth.facts(), auth.logged, await auth.users.list()]);
  assert.ok(!all.includes(secret) && !all.includes('correct horse'));
});

function pick(fact: object | undefined): object {
  return Object.fromEntries(Object.entries(fact ?? {}).filter(([key]) => key !== 'cursor' && key !== 'ts'));
}

test('AU-02 a password over 1,024 octets is refused before it is hashed, never cut', async () => {
  const auth = new Auth();
  const most = 'a'.repeat(1024);
  await auth.add('ann', most);
  for (const password of [`${most}a`, 'a'.repeat(1024 ** 2), 'é'.repeat(513)]) {
    assert.equal(await auth.login('ann', password, LOOPBACK), undefined);
    assert.equal(await auth.login('nobody', password, LOOPBACK), undefined);
  }
  assert.equal(auth.hasher.checks + auth.hasher.hashes, 0);
  assert.notEqual(await auth.login('ann', most, LOOPBACK), undefined);
  const open = new Auth({ mode: 'any' });
  assert.equal(await open.login('whoever', `${most}a`, LOOPBACK), undefined);
});

test('AU-02 a colon is a letter like any other, NUL is refused, Unicode forms are one password and one name', async () => {
  const auth = new Auth();
  await auth.add('zoë@x.test', 'a:b\u00e9 c');
  for (const [user, password] of [
    ['zoë@x.test', 'a:b\u00e9 c'],
    ['zoe\u0308@x.test', 'a:be\u0301 c'],
    ['\uff3aO\u00cb@X.TEST', 'a:b\u00e9\u3000c'],
  ] as const) {
    assert.equal((await auth.login(user, password, LOOPBACK))?.name, 'zoë@x.test', JSON.stringify(user));
  }
  for (const password of ['a', 'A:B\u00c9 C', 'a:b\u00e9 c\0', 'a:b\u00e9\0 c', 'a:b\u00e9 c\n']) {
    assert.equal(await auth.login('zoë@x.test', password, LOOPBACK), undefined, JSON.stringify(password));
  }
});

test('AU-03 of 200 logins at once two are hashed, 64 wait, the rest are asked to come back', async () => {
  const auth = await withAnn();
  const tries = Array.from({ length: 200 }, (_, index) => auth.login('ann', `wrong ${index}`, LOOPBACK));
  const results = await Promise.allSettled(tries);
  const busy = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  assert.equal(auth.hasher.most, 2);
  assert.equal(auth.hasher.checks, 66);
  assert.equal(busy.length, 134);
  for (const { reason } of busy) assert.ok(reason instanceof CsError && reason.code === 'CS_BUSY' && reason.retryable);
  assert.deepEqual(await auth.login('ann', 'correct horse', LOOPBACK), ANN);
});

test('one password shown by many connections at once is hashed once, then remembered for five minutes', async () => {
  const auth = await withAnn();
  const all = await Promise.all(Array.from({ length: 200 }, () => auth.login('ann', 'correct horse')));
  assert.ok(all.every((identity) => identity?.name === 'ann'));
  assert.equal(auth.hasher.checks, 1);
  auth.clock.time += 5 * 60_000 - 1;
  await auth.login('ann', 'correct horse');
  assert.equal(auth.hasher.checks, 1);
  auth.clock.time += 2;
  await auth.login('ann', 'correct horse');
  assert.equal(auth.hasher.checks, 2);
});

test('the cache forgets an account that changed, and holds 1,000 logins', async () => {
  const auth = await withAnn();
  const before = (await auth.users.get('ann'))!;
  await auth.login('ann', 'correct horse');
  await auth.users.put({ ...before, updatedAt: '2026-01-03T00:00:00.000Z' });
  await auth.login('ann', 'correct horse');
  assert.equal(auth.hasher.checks, 2);
  await auth.add('ann', 'other words');
  assert.equal(await auth.login('ann', 'correct horse', LOOPBACK), undefined);
  const password = before.password;
  for (let n = 0; n < 1001; n++) {
    await auth.users.put({ ...before, password, name: `u${n}`, addresses: [] });
    await auth.login(`u${n}`, 'correct horse');
  }
  const checks = auth.hasher.checks;
  await auth.login('u1000', 'correct horse');
  assert.equal(auth.hasher.checks, checks);
  await auth.login('u0', 'correct horse');
  assert.equal(auth.hasher.checks, checks + 1);
});

test('SM-20 known, unknown, password-less and machine-made accounts cost a failure the same number of hashes', async () => {
  const auth = await withAnn();
  await auth.add('none', undefined);
  await auth.add('robot', undefined, { password: hashMachineSecret('0123456789abcdef0123456789abcdef') });
  const costs: number[] = [];
  for (const user of ['ann', 'ann@x.test', 'unknown', 'unknown@x.test', 'none', 'robot']) {
    const before = auth.hasher.checks;
    assert.equal(await auth.login(user, 'wrong', LOOPBACK), undefined);
    costs.push(auth.hasher.checks - before);
  }
  assert.deepEqual(costs, [1, 1, 1, 1, 1, 1]);
});

test('AU-04 machine-made secrets are kept hashed and serve as bearer tokens', async () => {
  const auth = new Auth();
  const token = '0123456789abcdef0123456789abcdef';
  const record = await auth.add('robot', undefined, { password: hashMachineSecret(token) });
  assert.match(record.password ?? '', /^\$sha256\$[A-Za-z0-9+/]{43}$/);
  const show = (text: string) => auth.accounts.verify('robot', { kind: 'token', token: new Secret(text) }, LOOPBACK);
  assert.equal((await show(token))?.name, 'robot');
  assert.equal(auth.hasher.checks, 0);
  assert.equal(await show(token.slice(1)), undefined);
  assert.equal(await show(`${token}0`), undefined);
});

test('a password kept by older parameters is hashed anew at the next login', async () => {
  const auth = await withAnn();
  auth.hasher.old = true;
  const before = await auth.users.get('ann');
  assert.deepEqual(await auth.login('ann', 'correct horse'), ANN);
  const after = await auth.users.get('ann');
  assert.notEqual(after?.password, before?.password);
  assert.deepEqual({ ...after, password: '' }, { ...before, password: '' });
  auth.hasher.old = false;
  assert.deepEqual(await auth.login('ann', 'correct horse'), ANN);
});

test('a journal that cannot be written keeps nobody out', async () => {
  const auth = await withAnn({
    journal: { add: () => Promise.reject(new CsError('CS_DISK_FULL', 'full')) } as never,
  });
  assert.deepEqual(await auth.login('ann', 'correct horse'), ANN);
  assert.ok(auth.logged.some(({ event, facts }) => event === 'journal.failed' && facts?.lost === 'auth.ok'));
});

test('owner: by address, alias, sub-address, any spelling of the domain; nobody else', async () => {
  const auth = await withAnn();
  await auth.add('bob@xn--mnchen-3ya.test', undefined, { addresses: ['b.o+b@y.test'] });
  const rows: [string, string | undefined][] = [
    ['ann@x.test', 'ann'],
    ['Ann@X.TEST', 'ann'],
    ['ann+tag@x.test', 'ann'],
    ['"ann"@x.test', 'ann'],
    ['ann', 'ann'],
    ['bob@m\u00fcnchen.test', 'bob@xn--mnchen-3ya.test'],
    ['bob@Mu\u0308nchen.TEST', 'bob@xn--mnchen-3ya.test'],
    ['bob+x+y@XN--MNCHEN-3YA.test', 'bob@xn--mnchen-3ya.test'],
    ['b.o+b@y.test', 'bob@xn--mnchen-3ya.test'],
    ['b.o@y.test', undefined],
    ['"ann@x.test"@evil.test', undefined],
    ['ann@x.test@evil.test', undefined],
    ['ann@sub.x.test', undefined],
    ['+ann@x.test', undefined],
    ['', undefined],
    ['@x.test', undefined],
  ];
  for (const [address, name] of rows) assert.equal((await auth.accounts.owner(address))?.name, name, address);
});
