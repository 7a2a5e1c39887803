import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScramKeys, formatScramKeys } from '../../../../src/auth/scram-keys.ts';
import { Secret } from '../../../../src/kit/secret.ts';
import { type Choice, chooseMechanism, startClient } from '../../../../src/protocols/shared/sasl/client.ts';
import { MECHANISMS } from '../../../../src/protocols/shared/sasl/mechanism.ts';
import { Auth, LOOPBACK } from '../../../auth/fixture.ts';
import { converse, describe, serverFor } from './talk.ts';

const PASSWORD = 'p:e=n,cil';

test('each mechanism speaks with its other end, with and without an initial response', async () => {
  const auth = new Auth();
  await auth.add('a,n=n', PASSWORD, { scram: formatScramKeys(await createScramKeys(PASSWORD)) });
  for (const mechanism of MECHANISMS) {
    for (const initial of [true, false]) {
      for (const [password, end] of [
        [PASSWORD, 'ok a,n=n'],
        [`${PASSWORD}x`, 'credentials'],
      ] as const) {
        const at = { host: 'mail.x.test', port: 143 };
        const client = startClient(mechanism, { user: 'a,n=n', password: new Secret(password), at });
        const step = await converse(client, serverFor(auth, mechanism, LOOPBACK), initial);
        assert.equal(describe(step), end, `${mechanism} ${initial} ${password}`);
      }
    }
  }
});

test('a server that asks for more than a mechanism has is out of order', async () => {
  for (const mechanism of ['PLAIN', 'LOGIN', 'OAUTHBEARER', 'XOAUTH2'] as const) {
    const client = startClient(mechanism, { user: 'ann', password: new Secret('pencil') });
    client.begin();
    const ask = async () => {
      for (let turn = 0; turn < 4; turn++) await client.step(Buffer.from('more'));
    };
    await assert.rejects(ask(), { code: 'CS_PEER_PROTOCOL' }, mechanism);
  }
});

test('a server that reports success before it has heard anything is out of order', () => {
  for (const mechanism of MECHANISMS) {
    const client = startClient(mechanism, { user: 'ann', password: new Secret('pencil') });
    assert.throws(() => client.finish(), { code: 'CS_PEER_PROTOCOL' }, mechanism);
  }
});

test('the authorization identity travels where the mechanism can carry it', () => {
  const who = { user: 'ann', password: new Secret('pencil'), authzid: 'shared' };
  const first = (octets: Uint8Array | undefined) => Buffer.from(octets ?? '').toString();
  assert.equal(first(startClient('PLAIN', who).begin()), 'shared\0ann\0pencil');
  assert.match(first(startClient('SCRAM-SHA-256', who).begin()), /^n,a=shared,n=ann,r=/);
});

test('CL-07 names and secrets with controls are refused before anything is sent', () => {
  for (const mechanism of MECHANISMS) {
    for (const bad of ['a\0b', 'a\rb', 'a\nb', 'a\x01b', '']) {
      const start = (user: string, password: string) => () =>
        startClient(mechanism, { user, password: new Secret(password) });
      assert.throws(start(bad, 'pencil'), { code: 'CS_INPUT' });
      if (bad !== '') assert.throws(start('ann', bad), { code: 'CS_INPUT' });
    }
  }
});

test('the best common mechanism is chosen, a named one only if it is offered, none that shows the secret unasked', () => {
  const rows: [Choice, string][] = [
    [{ offered: ['LOGIN', 'PLAIN', 'SCRAM-SHA-256'], trusted: true }, 'SCRAM-SHA-256'],
    [{ offered: ['login', 'plain', 'CRAM-MD5'], trusted: true }, 'PLAIN'],
    [{ offered: ['LOGIN', 'XOAUTH2'], trusted: true }, 'LOGIN'],
    [{ offered: ['PLAIN', 'SCRAM-SHA-256'], trusted: false }, 'SCRAM-SHA-256'],
    [{ offered: ['PLAIN', 'XOAUTH2'], trusted: true, wanted: 'xoauth2' }, 'XOAUTH2'],
    [{ offered: ['PLAIN', 'LOGIN'], trusted: true, wanted: 'LOGIN' }, 'LOGIN'],
    [{ offered: ['PLAIN', 'LOGIN'], trusted: false }, 'CS_UNSAFE'],
    [{ offered: ['PLAIN', 'SCRAM-SHA-256'], trusted: false, wanted: 'PLAIN' }, 'CS_UNSAFE'],
    [{ offered: ['PLAIN'], trusted: true, wanted: 'LOGIN' }, 'CS_AUTH_REJECTED'],
    [{ offered: ['PLAIN'], trusted: true, wanted: 'CRAM-MD5' }, 'CS_USAGE'],
    [{ offered: ['XOAUTH2', 'OAUTHBEARER', 'NTLM'], trusted: true }, 'CS_AUTH_REJECTED'],
    [{ offered: [], trusted: true }, 'CS_AUTH_REJECTED'],
  ];
  for (const [choice, expected] of rows) {
    if (expected.startsWith('CS_')) {
      assert.throws(() => chooseMechanism(choice), { code: expected }, JSON.stringify(choice));
    } else assert.equal(chooseMechanism(choice), expected, JSON.stringify(choice));
  }
});
