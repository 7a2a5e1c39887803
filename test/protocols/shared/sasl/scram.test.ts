import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScramKeys, fakeScramKeys, formatScramKeys, parseScramKeys } from '../../../../src/auth/scram-keys.ts';
import { CsError } from '../../../../src/kit/errors.ts';
import { prepareName, preparePassword, saslPrep } from '../../../../src/kit/precis.ts';
import { LoginAttempt } from '../../../../src/protocols/shared/sasl/login-attempt.ts';
import { ScramClient } from '../../../../src/protocols/shared/sasl/scram-client.ts';
import { ScramServer } from '../../../../src/protocols/shared/sasl/scram-server.ts';
import { Auth, LOOPBACK } from '../../../auth/fixture.ts';
import { fc } from '../../../property.ts';
import { answers, converse, describe } from './talk.ts';

// RFC 7677 section 3.
const CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const C1 = `n,,n=user,r=${CLIENT_NONCE}`;
const S1 = `r=${CLIENT_NONCE}${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const C2 = `c=biws,r=${CLIENT_NONCE}${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;
const S2 = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

async function withUser(name: string, password: string): Promise<Auth> {
  const auth = new Auth();
  await auth.add(name, undefined, { scram: formatScramKeys(await createScramKeys(password, SALT, 4096)) });
  return auth;
}

function server(auth: Auth, nonce?: string): ScramServer {
  return new ScramServer(new LoginAttempt(auth.accounts, LOOPBACK, 'SCRAM-SHA-256'), nonce);
}

const broken = (error: unknown) => error instanceof CsError && error.code === 'CS_PEER_PROTOCOL';
const text = (octets: Uint8Array) => Buffer.from(octets).toString();

test('the example of RFC 7677, the server', async () => {
  const auth = await withUser('user', 'pencil');
  assert.deepEqual(await answers(server(auth, SERVER_NONCE), [C1, C2, '']), [`+${S1}`, `+${S2}`, 'ok user']);
  const [fact] = await auth.facts();
  assert.deepEqual([fact?.event, fact?.user, fact?.mechanism], ['auth.ok', 'user', 'SCRAM-SHA-256']);
});

test('the example of RFC 7677, the client', async () => {
  const client = new ScramClient('user', 'pencil', '', CLIENT_NONCE);
  assert.equal(text(client.begin()), C1);
  assert.equal(text(await client.step(Buffer.from(S1))), C2);
  assert.throws(() => client.finish(), broken, 'success without proof');
  assert.equal(text(await client.step(Buffer.from(S2))), '');
  client.finish();
});

test('the server may prove itself in its last words', async () => {
  const client = new ScramClient('user', 'pencil', '', CLIENT_NONCE);
  client.begin();
  await client.step(Buffer.from(S1));
  client.finish(Buffer.from(S2));
});

test('what the server must not accept', async () => {
  const other = C2.replace(/p=.*/, `p=${Buffer.alloc(32).toString('base64')}`);
  const rows: [string, string[], string][] = [
    ['another proof', [C1, other], 'credentials'],
    ['another nonce', [C1, C2.replace('%hv', '%hw')], 'credentials'],
    ['another binding', [C1, C2.replace('biws', 'eSws')], 'malformed'],
    ['binding of another header', [C1.replace('n,,', 'y,,'), C2], 'malformed'],
    ['no proof', [C1, C2.replace(/,p=.*/, '')], 'malformed'],
    ['proof not base64', [C1, `${C2}x`], 'malformed'],
    ['words after the proof', [C1, C2, 'x'], 'malformed'],
    ['channel binding', [C1.replace('n,,', 'p=tls-exporter,,')], 'malformed'],
    ['an extension that must be understood', [C1.replace('n=user', 'm=x,n=user')], 'malformed'],
    ['no name', [C1.replace('n=user', 'n=')], 'malformed'],
    ['bad escape', [C1.replace('n=user', 'n=us=41er')], 'malformed'],
    ['no nonce', ['n,,n=user,r='], 'malformed'],
    ['a nonce with a space', ['n,,n=user,r=a b'], 'malformed'],
    ['nothing', [''], 'malformed'],
  ];
  for (const [name, responses, end] of rows) {
    const auth = await withUser('user', 'pencil');
    assert.equal((await answers(server(auth, SERVER_NONCE), responses)).at(-1), end, name);
    assert.ok(!(await auth.facts()).some(({ event }) => event === 'auth.ok'), name);
  }
});

test('what the client must not accept', async () => {
  const rows: [string, string, string?][] = [
    ['a nonce that is not ours', S1.replace('rOpr', 'xOpr')],
    ['no nonce of its own', S1.replace(SERVER_NONCE, '')],
    ['too few iterations', S1.replace('4096', '4095')],
    ['work without end', S1.replace('4096', '999999999')],
    ['iterations that are no number', S1.replace('4096', '0x1000')],
    ['a salt that is not base64', S1.replace('W22Z', 'W2!Z')],
    ['nothing', ''],
    ['a wrong signature', S1, S2.replace('6rri', '7rri')],
    ['no signature', S1, ''],
  ];
  for (const [name, first, last] of rows) {
    const client = new ScramClient('user', 'pencil', '', CLIENT_NONCE);
    client.begin();
    const run = async () => {
      await client.step(Buffer.from(first));
      if (last !== undefined) await client.step(Buffer.from(last));
    };
    await assert.rejects(run(), broken, name);
    assert.throws(() => client.finish(), broken, name);
  }
});

test('both ends agree over random users and passwords, and only on the same password', async () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  const name = word.filter(
    (user) => prepareName(user) !== undefined && prepareName(saslPrep(user) ?? '') === prepareName(user),
  );
  const password = word.filter((one) => saslPrep(one) !== undefined && preparePassword(one) !== undefined);
  await fc.assert(
    fc.asyncProperty(name, password, password, fc.boolean(), async (user, right, other, initial) => {
      const auth = await withUser(prepareName(user)!, right);
      const good = await converse(new ScramClient(user, right), server(auth), initial);
      assert.equal(describe(good), `ok ${prepareName(user)}`);
      const bad = await converse(new ScramClient(user, other), server(auth), initial);
      assert.equal(bad.done && bad.identity !== undefined, saslPrep(other) === saslPrep(right));
    }),
    { numRuns: 100 },
  );
});

test('an unknown name gets the same salt every time, and never gets in', async () => {
  const auth = await withUser('user', 'pencil');
  const fake = await auth.accounts.scram?.('nobody');
  assert.deepEqual(await auth.accounts.scram?.('Nobody'), fake);
  assert.notDeepEqual(await auth.accounts.scram?.('nobody2'), fake);
  assert.equal(fake?.salt.length, 16);
  const restarted = new Auth({ records: auth.users });
  assert.deepEqual(await restarted.accounts.scram?.('nobody'), fake, 'a restart tells nothing');
  assert.equal(describe(await converse(new ScramClient('nobody', 'pencil'), server(auth))), 'credentials');
  await auth.add('plain', 'pencil');
  assert.equal(describe(await converse(new ScramClient('plain', 'pencil'), server(auth))), 'credentials');
});

test('nobody has a verifier: no keys at all', async () => {
  const auth = new Auth();
  await auth.add('ann', 'pencil');
  assert.equal(await auth.accounts.scram?.('ann'), undefined);
  assert.equal(describe(await converse(new ScramClient('ann', 'pencil'), server(auth))), 'credentials');
});

test('verifiers have 32,768 iterations and come back from rest as they went', async () => {
  const keys = await createScramKeys('pencil');
  assert.equal(keys.iterations, 32_768);
  const back = parseScramKeys(formatScramKeys(keys));
  for (const part of ['salt', 'storedKey', 'serverKey'] as const) assert.deepEqual([...back[part]], [...keys[part]]);
  for (const damaged of ['', 'a,b,c,d', 'c2FsdA==,4096,AAAA,AAAA']) {
    assert.throws(() => parseScramKeys(damaged), { code: 'CS_LOCAL_IO' });
  }
  const record = await new Auth().add('x', undefined, { scram: formatScramKeys(keys) });
  assert.equal(fakeScramKeys('a', record).iterations, keys.iterations);
  await assert.rejects(createScramKeys('\u0007'), { code: 'CS_INPUT' });
});
