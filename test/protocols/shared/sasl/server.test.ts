import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScramKeys, formatScramKeys } from '../../../../src/auth/scram-keys.ts';
import { CsError } from '../../../../src/kit/errors.ts';
import { redact } from '../../../../src/kit/secret.ts';
import { findMechanism, MECHANISMS, type Mechanism } from '../../../../src/protocols/shared/sasl/mechanism.ts';
import { mechanisms, startServer } from '../../../../src/protocols/shared/sasl/server.ts';
import { Auth, REMOTE } from '../../../auth/fixture.ts';
import { answers, serverFor } from './talk.ts';

async function withAnn(): Promise<Auth> {
  const auth = new Auth();
  await auth.add('ann', 'pencil');
  return auth;
}

type Row = [name: string, responses: (string | Uint8Array | undefined)[], answers: string[]];

const ROWS: Readonly<Record<Exclude<Mechanism, 'SCRAM-SHA-256'>, Row[]>> = {
  PLAIN: [
    ['initial response', ['\0ann\0pencil'], ['ok ann']],
    ['asked for', [undefined, '\0ann\0pencil'], ['+', 'ok ann']],
    ['wrong password', ['\0ann\0pencils'], ['credentials']],
    ['empty password', ['\0ann\0'], ['credentials']],
    ['own authzid', ['ann\0ann\0pencil'], ['ok ann']],
    ['own authzid, other case', ['ANN\0Ann\0pencil'], ['ok ann']],
    ['nothing', [''], ['malformed']],
    ['one NUL', ['ann\0pencil'], ['malformed']],
    ['three NULs', ['\0ann\0pen\0cil'], ['malformed']],
    ['no user', ['\0\0pencil'], ['malformed']],
    ['long user', [`\0${'a'.repeat(256)}\0pencil`], ['malformed']],
    ['not UTF-8', [Buffer.from([0, 0xff, 0, 0x61])], ['malformed']],
  ],
  LOGIN: [
    ['two steps', [undefined, 'ann', 'pencil'], ['+Username:', '+Password:', 'ok ann']],
    ['user at once', ['ann', 'pencil'], ['+Password:', 'ok ann']],
    ['wrong password', [undefined, 'ann', 'x'], ['+Username:', '+Password:', 'credentials']],
    ['no user', [undefined, ''], ['+Username:', 'malformed']],
    ['NUL', [undefined, 'a\0b'], ['+Username:', 'malformed']],
    ['long user', [undefined, 'a'.repeat(256)], ['+Username:', 'malformed']],
  ],
  XOAUTH2: [
    ['token', ['user=ann\x01auth=Bearer pencil\x01\x01'], ['ok ann']],
    ['asked for', [undefined, 'user=ann\x01auth=bearer pencil\x01\x01'], ['+', 'ok ann']],
    [
      'wrong token',
      ['user=ann\x01auth=Bearer x\x01\x01', ''],
      ['+{"status":"401","schemes":"bearer","scope":"mail"}', 'credentials'],
    ],
    ['no end', ['user=ann\x01auth=Bearer pencil\x01'], ['malformed']],
    ['other scheme', ['user=ann\x01auth=Basic pencil\x01\x01'], ['malformed']],
    ['twice', ['user=ann\x01auth=Bearer x\x01auth=Bearer pencil\x01\x01'], ['malformed']],
    ['no user', ['user=\x01auth=Bearer pencil\x01\x01'], ['malformed']],
  ],
  OAUTHBEARER: [
    ['token', ['n,a=ann,\x01host=x.test\x01port=143\x01auth=Bearer pencil\x01\x01'], ['ok ann']],
    ['wrong token', ['n,a=ann,\x01auth=Bearer x\x01\x01', '\x01'], ['+{"status":"invalid_token"}', 'credentials']],
    ['nobody named', ['n,,\x01auth=Bearer pencil\x01\x01'], ['malformed']],
    ['channel binding', ['p=tls-exporter,a=ann,\x01auth=Bearer pencil\x01\x01'], ['malformed']],
    ['bad escape', ['n,a=an=4En,\x01auth=Bearer pencil\x01\x01'], ['malformed']],
  ],
};

for (const [mechanism, rows] of Object.entries(ROWS)) {
  for (const [name, responses, expected] of rows) {
    test(`${mechanism}: ${name}`, async () => {
      assert.deepEqual(await answers(serverFor(await withAnn(), mechanism as Mechanism), responses), expected);
    });
  }
}

test('SM-17 an authzid that is not the authcid is refused, recorded, and nobody is logged in', async () => {
  for (const [mechanism, message] of [
    ['PLAIN', 'root\0ann\0pencil'],
    ['PLAIN', 'ann2\0ann\0pencil'],
    ['SCRAM-SHA-256', 'n,a=root,n=ann,r=abc'],
  ] as const) {
    const auth = await withAnn();
    assert.deepEqual(await answers(serverFor(auth, mechanism), [message]), ['authzid']);
    const facts = (await auth.facts()).map(({ event, user, mechanism }) => [event, user, mechanism]);
    assert.deepEqual(facts, [['auth.failed', 'ann', mechanism]]);
    assert.deepEqual(auth.clock.sleeps, [1000]);
  }
});

test('SM-15 a mechanism that shows the secret is neither offered nor started on an untrusted connection', async () => {
  const auth = await withAnn();
  const { accounts } = auth;
  assert.deepEqual(await mechanisms({ accounts, trusted: false }), []);
  assert.deepEqual(await mechanisms({ accounts, trusted: true }), ['PLAIN', 'LOGIN', 'OAUTHBEARER', 'XOAUTH2']);
  await auth.add('bob', 'x', { scram: formatScramKeys(await createScramKeys('x')) });
  auth.clock.time += 60_000;
  assert.deepEqual(await mechanisms({ accounts, trusted: false }), ['SCRAM-SHA-256']);
  assert.deepEqual(await mechanisms({ accounts, trusted: true }), [...MECHANISMS]);
  for (const mechanism of MECHANISMS) {
    const start = () => startServer(mechanism, { accounts, source: REMOTE, trusted: false });
    if (mechanism === 'SCRAM-SHA-256') assert.doesNotThrow(start);
    else assert.throws(start, (error) => error instanceof CsError && error.code === 'CS_UNSAFE');
  }
});

test('mechanisms are found by name in any case; APOP, CRAM-MD5 and DIGEST-MD5 are none', () => {
  assert.equal(findMechanism('scram-sha-256'), 'SCRAM-SHA-256');
  assert.equal(findMechanism('Plain'), 'PLAIN');
  for (const name of [
    '',
    'CRAM-MD5',
    'DIGEST-MD5',
    'APOP',
    'PLAIN ',
    'SCRAM-SHA-256-PLUS',
    '__proto__',
    'constructor',
  ]) {
    assert.equal(findMechanism(name), undefined, name);
  }
});

test('AU-05 a password that was shown stays in no fact, no log and not in the redactor', async () => {
  const auth = await withAnn();
  const secret = 'planted-canary-91c2';
  for (const mechanism of ['PLAIN', 'LOGIN', 'XOAUTH2', 'OAUTHBEARER'] as const) {
    const message = {
      PLAIN: [`\0ann\0${secret}`],
      LOGIN: ['ann', secret],
      XOAUTH2: [`user=ann\x01auth=Bearer ${secret}\x01\x01`],
      OAUTHBEARER: [`n,a=ann,\x01auth=Bearer ${secret}\x01\x01`],
    }[mechanism];
    await answers(serverFor(auth, mechanism, { ...REMOTE, loopback: true }), message);
  }
  const facts = await auth.facts();
  assert.equal(facts.length, 4);
  assert.ok(!JSON.stringify([facts, auth.logged]).includes(secret));
  assert.equal(redact(secret), secret, 'forgotten once nothing can print it');
});

test('a busy server is a temporary failure of the exchange', async () => {
  const auth = await withAnn();
  for (let n = 0; n < 4; n++) await answers(serverFor(auth, 'PLAIN'), ['\0ann\0x']);
  auth.clock.time -= 4000;
  await assert.rejects(serverFor(auth, 'PLAIN').step(Buffer.from('\0ann\0pencil')), { code: 'CS_BUSY' });
});
