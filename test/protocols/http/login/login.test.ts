import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashMachineSecret } from '../../../../src/auth/password.ts';
import type { FileSession } from '../../../../src/contracts/files.ts';
import { CsError } from '../../../../src/kit/errors.ts';
import { readCredentials } from '../../../../src/protocols/shared/http/login/credentials.ts';
import { CHALLENGE, Logins } from '../../../../src/protocols/shared/http/login/logins.ts';
import { Auth } from '../../../auth/fixture.ts';
import { talk } from '../../shared/http/stage.ts';
import { request, say } from '../say.ts';
import { web } from '../stage.ts';
import { MapTree } from '../tree.ts';

const TOKEN = 'f3J-9sQ_w8kLmN2pR7tVxy';
const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

async function guarded(mode: 'any' | 'required' = 'required', more = {}) {
  const auth = new Auth({ mode, ...more });
  await auth.add('ann', 'pass:wörd:');
  await auth.add('robot', undefined, { password: hashMachineSecret(TOKEN) });
  const sessions: FileSession[] = [];
  const tree = new MapTree({ '/a.txt': 'hello' });
  const files = {
    of: (session: FileSession) => {
      sessions.push(session);
      return tree;
    },
  };
  const stage = await web(tree, {}, {}, { services: { accounts: auth.accounts, files } });
  return { auth, stage, sessions, tree, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

test('accounts required: a challenge first, then the file, as the account', async () => {
  await using at = await guarded();
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PROPFIND']) {
    const asked = await say(at.stage, method, '/a.txt');
    assert.deepEqual([asked.status, asked.headers['www-authenticate']], [401, CHALLENGE], method);
  }
  const before = at.sessions.length;
  const got = await say(at.stage, 'GET', '/a.txt', { headers: basic('ann', 'pass:wörd:') });
  assert.deepEqual([got.status, got.body], [200, 'hello']);
  assert.deepEqual(
    at.sessions.slice(before).map(({ user, server }) => [user, server]),
    [['ann', 'http']],
  );
  assert.equal(at.stage.requests.at(-1)?.user, 'ann');
});

test('AU-02 a password with `:`, in UTF-8, in another Unicode form; one of 1 MiB, with NUL', async () => {
  await using at = await guarded();
  const status = async (password: string) =>
    (await say(at.stage, 'GET', '/a.txt', { headers: basic('ann', password) })).status;
  assert.equal(await status('pass:wo\u0308rd:'), 200);
  assert.equal(await status('pass:wörd'), 401);
  assert.equal(await status('pass:wörd:\0'), 401);
  assert.equal(await status('x'.repeat(3000)), 401);
  const long = { headers: basic('ann', 'x'.repeat(1 << 20)) };
  assert.equal((await say(at.stage, 'GET', '/a.txt', long)).status, 431);
});

test('a machine-made secret as bearer token is its account', async () => {
  await using at = await guarded();
  const bearer = async (token: string) =>
    (await say(at.stage, 'GET', '/a.txt', { headers: { Authorization: `Bearer ${token}` } })).status;
  assert.equal(await bearer(TOKEN), 200);
  assert.equal(at.sessions.at(-1)?.user, 'robot');
  for (const token of [`${TOKEN}x`, TOKEN.slice(1), 'pass:wörd:', 'x', ''])
    assert.equal(await bearer(token), 401, token);
  const facts = (await at.auth.facts()).map(({ event, mechanism }) => [event, mechanism]);
  assert.deepEqual(facts[0], ['auth.ok', 'bearer']);
  assert.ok(facts.slice(1).every(([event]) => event === 'auth.failed'));
});

test('AU-05 no secret in the journal, the log, or the answer', async () => {
  await using at = await guarded();
  for (const headers of [
    basic('ann', 'pass:wörd:'),
    basic('ann', 'wrong-secret'),
    { Authorization: `Bearer ${TOKEN}` },
  ]) {
    await say(at.stage, 'GET', '/a.txt', { headers });
  }
  const told = JSON.stringify([at.stage.requests, await at.auth.facts(), at.auth.logged, at.stage.logged]);
  for (const secret of ['pass:wörd', 'wrong-secret', TOKEN, basic('ann', 'wrong-secret').Authorization.slice(6)]) {
    assert.ok(!told.includes(secret), secret);
  }
});

test('one connection asks its accounts once for the same login, and again for another', async () => {
  await using at = await guarded();
  const one = (headers: Record<string, string>, last = false) =>
    request('GET', '/a.txt', { headers: { ...headers, Connection: last ? 'close' : 'keep-alive' } });
  const ann = basic('ann', 'pass:wörd:');
  const all = [one(ann), one(ann), one(basic('ann', 'other')), one({}), one(ann, true)];
  const answers = (await talk(at.stage, Buffer.concat(all))).match(/HTTP\/1\.1 \d{3}/g);
  assert.deepEqual(
    answers?.map((line) => line.slice(9)),
    ['200', '200', '401', '401', '200'],
  );
  const events = (await at.auth.facts()).map(({ event }) => event);
  assert.deepEqual(events, ['auth.ok', 'auth.failed']);
});

test('AU-01 a source that guesses is told to wait: 429', async () => {
  await using at = await guarded('required', { throttleLoopback: true });
  const statuses: number[] = [];
  for (let guess = 0; guess < 30 && !statuses.includes(429); guess++) {
    statuses.push((await say(at.stage, 'GET', '/a.txt', { headers: basic('ann', `guess${guess}`) })).status);
  }
  assert.equal(statuses[0], 401);
  assert.equal(statuses.at(-1), 429);
  const blocked = await say(at.stage, 'GET', '/a.txt', { headers: basic('ann', 'guess') });
  assert.equal(blocked.headers['retry-after'], '15');
  assert.ok(at.auth.clock.sleeps.length > 0);
});

test('any login is taken and recorded where none is required; unknown tokens and schemes are nobody', async () => {
  await using at = await guarded('any');
  for (const [headers, user] of [
    [{}, ''],
    [basic('bob', 'anything'), 'bob'],
    [basic('ann', 'pass:wörd:'), 'ann'],
    [{ Authorization: 'Bearer of.the-app' }, ''],
    [{ Authorization: 'AWS4-HMAC-SHA256 Credential=x' }, ''],
    [{ Authorization: `Bearer ${TOKEN}` }, 'robot'],
  ] as [Record<string, string>, string][]) {
    const before = at.sessions.length;
    assert.equal((await say(at.stage, 'PUT', `/${user}x`, { headers, body: 'x' })).status < 300, true);
    assert.equal(at.sessions.slice(before).at(-1)?.user, user, JSON.stringify(headers));
  }
  assert.equal((await say(at.stage, 'GET', '/a.txt', { headers: basic('ann', 'wrong') })).status, 401);
});

test('what only an account may see asks for a login', async () => {
  await using at = await guarded('any');
  at.tree.open = async () => {
    throw new CsError('CS_AUTH_REQUIRED', 'log in first');
  };
  const asked = await say(at.stage, 'GET', '/a.txt');
  assert.deepEqual([asked.status, asked.headers['www-authenticate']], [401, CHALLENGE]);
});

test('a password does not travel in clear text where there is TLS: 403 before it is looked at', async () => {
  const { accounts } = new Auth();
  const logins = new Logins({ accounts, protocol: 'http', server: 'http', plain: false });
  const conn = { secure: false, trusted: false, peer: { address: '198.51.100.7' }, id: 'c1' };
  const header = () => basic('ann', 'x').Authorization;
  const { signal } = new AbortController();
  await assert.rejects(logins.user({ conn, header, signal } as never), { status: 403 });
});

test('credentials are read strictly', () => {
  const user = (text: string) => {
    const read = readCredentials(`Basic ${Buffer.from(text).toString('base64')}`);
    return read?.kind === 'basic' ? [read.user, read.password.reveal()] : undefined;
  };
  assert.deepEqual(user('a:b'), ['a', 'b']);
  assert.deepEqual(user(':'), ['', '']);
  assert.deepEqual(user('a:b:c'), ['a', 'b:c']);
  assert.equal(user('no colon'), undefined);
  for (const header of [
    '',
    'Basic',
    'Basic ',
    'Basic !!',
    'Basic /w==',
    'Digest x',
    'Bearer',
    `Basic ${'A'.repeat(9000)}`,
  ]) {
    assert.equal(readCredentials(header), undefined, header.slice(0, 20));
  }
  assert.equal(readCredentials('bearer abc.def')?.kind, 'bearer');
});
