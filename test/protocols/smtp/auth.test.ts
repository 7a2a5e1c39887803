import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashMachineSecret } from '../../../src/auth/password.ts';
import { createScramKeys, formatScramKeys } from '../../../src/auth/scram-keys.ts';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { startClient } from '../../../src/protocols/shared/sasl/client.ts';
import { codes, Stage } from './stage.ts';

const b64 = (text: string) => Buffer.from(text).toString('base64');
const plain = (user: string, password: string, authzid = '') => b64(`${authzid}\0${user}\0${password}`);
const SECRET = 'a-long-machine-made-secret-0123456789';

async function withAnn(stage: Stage): Promise<void> {
  const now = new Date().toISOString();
  const scram = formatScramKeys(await createScramKeys(SECRET, Buffer.alloc(16, 1), 4096));
  const password = hashMachineSecret(SECRET);
  await stage.store.users.put({
    name: 'ann',
    password,
    scram,
    addresses: ['ann@x.test'],
    createdAt: now,
    updatedAt: now,
  });
}

for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER'] as const) {
  test(`AUTH ${mechanism} logs in, and the wrong secret does not`, async () => {
    await using stage = await Stage.open({ auth: 'required' });
    await withAnn(stage);
    for (const [secret, expected] of [
      [SECRET, '235 2.7.0'],
      ['wrong', '535 5.7.8'],
    ] as const) {
      const exchange = startClient(mechanism, { user: 'ann', password: new Secret(secret) });
      const client = await stage.greeted();
      const initial = exchange.begin();
      let reply = await client.ask(`AUTH ${mechanism}${initial ? ` ${Buffer.from(initial).toString('base64')}` : ''}`);
      while (reply.startsWith('334')) {
        const answer = await exchange.step(Buffer.from(reply.slice(4), 'base64'));
        reply = await client.ask(Buffer.from(answer).toString('base64'));
      }
      assert.deepEqual(codes([reply]), [expected]);
      client.end();
    }
  });
}

test('on a capture server any login is taken, recorded and stored with the mail', async () => {
  await using stage = await Stage.open();
  const client = await stage.greeted();
  assert.match(await client.ask(`AUTH PLAIN ${plain('Test7', 'x')}`), /^235 /);
  await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA', '.');
  client.end();
  assert.equal((await stage.fact('auth.ok')).user, 'test7');
  const stored = await stage.fact('mail.stored');
  assert.equal(stored.user, 'test7');
});

test('SM-15 without TLS off loopback AUTH is neither offered nor possible', async () => {
  await using stage = await Stage.open({ proxied: true });
  const client = await stage.client('192.0.2.7');
  assert.doesNotMatch(await client.ask('EHLO c'), /AUTH/);
  for (const line of [`AUTH PLAIN ${plain('u', 'p')}`, 'AUTH LOGIN', 'AUTH XOAUTH2', 'AUTH FOO']) {
    assert.deepEqual(codes([await client.ask(line)]), ['538 5.7.11'], line);
  }
  client.end();
  await using local = await Stage.open({ proxied: true });
  const near = await local.client('127.0.0.1');
  assert.match(await near.ask('EHLO c'), /AUTH PLAIN LOGIN/);
  near.end();
});

test('SM-16 AUTH where it does not belong, cancelled, or malformed', async () => {
  await using stage = await Stage.open();
  const client = await stage.greeted();
  await client.ask('MAIL FROM:<a@x.test>');
  assert.deepEqual(codes([await client.ask(`AUTH PLAIN ${plain('u', 'p')}`)]), ['503 5.5.1'], 'in a transaction');
  await client.ask('RSET');
  assert.equal(await client.ask('AUTH PLAIN'), '334 ');
  assert.deepEqual(codes([await client.ask('*')]), ['501 5.7.0'], 'cancelled');
  for (const bad of ['AUTH PLAIN !', 'AUTH PLAIN YQ', 'AUTH PLAIN AHUAcA=', 'AUTH PLAIN a b']) {
    assert.match(await client.ask(bad), /^501 5\.5\.[24] /, bad);
  }
  await client.ask('AUTH LOGIN');
  assert.deepEqual(codes([await client.ask('***')]), ['501 5.5.2'], 'bad base64');
  assert.deepEqual(codes([await client.ask('AUTH FOO')]), ['504 5.5.4']);
  assert.match(await client.ask(`AUTH PLAIN ${plain('u', 'p')}`), /^235 /);
  assert.deepEqual(codes([await client.ask(`AUTH PLAIN ${plain('u', 'p')}`)]), ['503 5.5.1'], 'twice');
  client.end();
});

test('SM-16 a response of 20 KiB is refused and the connection closed', async () => {
  await using stage = await Stage.open();
  for (const begin of ['AUTH PLAIN ', 'AUTH PLAIN\r\n']) {
    const client = await stage.greeted();
    client.send(begin);
    if (begin.endsWith('\n')) await client.reply();
    client.send(`${b64('x'.repeat(15_000))}\r\n`);
    assert.deepEqual(codes(await client.goodbye()), ['500 5.5.6']);
    client.end();
  }
});

test('SM-17 nobody logs in as somebody else', async () => {
  await using stage = await Stage.open({ auth: 'required' });
  await withAnn(stage);
  const client = await stage.greeted();
  assert.match(await client.ask(`AUTH PLAIN ${plain('ann', SECRET, 'bob')}`), /^535 5\.7\.8 /);
  assert.match(await client.ask(`AUTH PLAIN ${plain('ann', SECRET, 'ann')}`), /^235 /);
  client.end();
});

test('SM-20 AUTH and RCPT take the same steps for the known and the unknown', async () => {
  const steps: string[] = [];
  const counting = (accounts: Accounts): Accounts => ({
    mode: 'required',
    verify: (...all) => {
      steps.push('verify');
      return accounts.verify(...all);
    },
    settle: (...all) => accounts.settle(...all),
    owner: (address) => {
      steps.push('owner');
      return accounts.owner(address);
    },
  });
  const { localRecipients } = await import('../../../src/stores/wrap/local-recipients.ts');
  await using stage = await Stage.open({
    auth: 'required',
    delivery: (store, accounts) => localRecipients(store.delivery, counting(accounts)),
  });
  await withAnn(stage);
  const client = await stage.greeted();
  const answers = await client.askAll(`AUTH PLAIN ${plain('ann', 'wrong')}`, `AUTH PLAIN ${plain('nobody', 'wrong')}`);
  assert.equal(answers[0], answers[1]);
  await client.ask('MAIL FROM:<a@x.test>');
  steps.length = 0;
  await client.ask('RCPT TO:<ann@x.test>');
  const known = steps.splice(0);
  await client.ask('RCPT TO:<bob@x.test>');
  assert.deepEqual(steps, known);
  client.end();
});

test('after three failed logins the next one ends the conversation', async () => {
  await using stage = await Stage.open({ auth: 'required' });
  await withAnn(stage);
  const client = await stage.greeted();
  for (let time = 0; time < 3; time++) assert.match(await client.ask(`AUTH PLAIN ${plain('ann', 'wrong')}`), /^535 /);
  client.send(`AUTH PLAIN ${plain('ann', SECRET)}\r\n`);
  assert.deepEqual(codes(await client.goodbye()), ['421 4.7.0']);
  client.end();
});

test('submission takes mail from who is logged in only', async () => {
  await using stage = await Stage.open({ scheme: 'submission' });
  const client = await stage.greeted();
  assert.deepEqual(codes([await client.ask('MAIL FROM:<a@x.test>')]), ['530 5.7.0']);
  await client.ask(`AUTH PLAIN ${plain('u', 'p')}`);
  assert.deepEqual(codes([await client.ask('MAIL FROM:<a@x.test>')]), ['250 2.1.0']);
  client.end();
});
