/** Our client and our server over the real door: what goes out at one end comes in at the other, octet for octet. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createAccounts } from '../../../src/auth/accounts.ts';
import { storedPassword } from '../../../src/auth/user-record.ts';
import type { Remote } from '../../../src/contracts/services.ts';
import type { OpenStore } from '../../../src/contracts/store.ts';
import type { CsError } from '../../../src/kit/errors.ts';
import { defaults, type Values } from '../../../src/kit/option.ts';
import { createDial } from '../../../src/net/dial.ts';
import { client } from '../../../src/protocols/smtp/client.ts';
import type { clientOptions } from '../../../src/protocols/smtp/client-options.ts';
import { options } from '../../../src/protocols/smtp/options.ts';
import { server } from '../../../src/protocols/smtp/server.ts';
import { open as openStore } from '../../../src/stores/memory/open.ts';
import { options as storeOptions } from '../../../src/stores/memory/options.ts';
import { whole } from '../../conformance/harness.ts';
import { LIMITS, type Opened, open as openDoor } from '../../net/door-fixture.ts';
import { type Made, testAuthority, testLeaf } from '../../net/tls-certificates.ts';
import { contextFor } from './client-server.ts';

const PASSWORD = 'a-long-machine-made-word';
const scratch = mkdtempSync(join(tmpdir(), 'cs-smtp-client-'));
const ca = join(scratch, 'ca.pem');
let authority: Awaited<ReturnType<typeof testAuthority>>;
let leaf: Made;
let store: OpenStore;

before(async () => {
  authority = await testAuthority();
  leaf = await testLeaf(authority);
  writeFileSync(ca, authority.cert);
  store = await openStore({ dir: undefined, options: defaults(storeOptions), log: () => {} });
  const now = new Date().toISOString();
  const secret = await storedPassword({ password: PASSWORD, machine: true, scram: true });
  await store.users.put({ name: 'ann', addresses: ['ann@x.test'], createdAt: now, updatedAt: now, ...secret });
});
after(() => rmSync(scratch, { recursive: true, force: true }));

type Mode = 'off' | 'offered' | 'required' | 'implicit';

async function serving(mode: Mode, scheme = 'smtp', made = leaf): Promise<Opened> {
  const accounts = createAccounts({
    ...{ records: store.users, mode: 'required', journal: store.journal, log: () => {}, throttleLoopback: false },
  });
  const handler = await server.open({
    services: { accounts, delivery: store.delivery, journal: store.journal },
    options: defaults(options),
    server: { id: scheme, scheme, hostname: 'mail.test' },
    ...{ limits: LIMITS, tls: mode, log: () => {}, version: '1' },
  });
  return openDoor(handler, { tls: mode === 'off' ? { mode } : { mode, context: () => made } });
}

interface Way {
  readonly scheme?: string;
  readonly tls?: 'none' | 'starttls' | 'starttls-required' | 'implicit';
  readonly user?: string;
  readonly password?: string;
  readonly options?: Partial<Values<typeof clientOptions>>;
}

function connect(port: number, way: Way): Promise<Remote> {
  const dial = createDial({ timeout: 60_000, log: () => {}, ca });
  return client.connect(dial, contextFor(port, way));
}

const MESSAGE = Buffer.from('Subject: x\r\n\r\n.\r\n..\r\n.dot\r\n\x80\xff octets\r\n\r\nlast', 'latin1');

async function roundTrip(
  remote: Remote,
  message: Buffer,
  body: '8BITMIME' | 'BINARYMIME' = '8BITMIME',
): Promise<Buffer> {
  const to = [{ address: 'ann@x.test' }];
  const draft = await remote.delivery!.open({ from: 'bob@x.test', to, body, size: message.length });
  for (let at = 0; at < message.length; at += 11) await draft.write(message.subarray(at, at + 11));
  const receipt = await draft.commit();
  assert.ok(receipt.results.every(({ accepted }) => accepted));
  return whole((await store.mail.of('*')).read('INBOX', Number(/\d+$/.exec(receipt.id)?.[0])));
}

const ways: readonly (readonly [Mode, Way])[] = [
  ['off', { tls: 'none' }],
  ['off', { tls: 'starttls' }],
  ['offered', { tls: 'starttls' }],
  ['required', { tls: 'starttls-required' }],
  ['implicit', { tls: 'implicit', scheme: 'smtps' }],
];
for (const [mode, way] of ways) {
  test(`${way.tls} to a server with TLS ${mode}: every mechanism, with groups and without, DATA and BDAT`, async () => {
    await using opened = await serving(mode);
    for (const auth of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'XOAUTH2', 'OAUTHBEARER', 'any'] as const) {
      const more = auth === 'LOGIN' ? { pipelining: 'off' as const, chunking: 'on' as const } : {};
      const login = { user: 'ann', password: PASSWORD, options: { auth, ...more } };
      await using remote = await connect(opened.door.port, { ...way, ...login });
      const stored = await roundTrip(remote, MESSAGE);
      const expected = auth === 'LOGIN' ? MESSAGE : Buffer.concat([MESSAGE, Buffer.from('\r\n')]);
      assert.ok(stored.equals(expected), `${auth}: ${JSON.stringify(stored.toString('latin1'))}`);
      const facts = remote.facts!();
      assert.equal(facts.mechanism, auth === 'any' ? 'SCRAM-SHA-256' : auth);
      assert.equal(facts.tls === null, mode === 'off');
    }
  });
}

test('a binary message of a megabyte arrives as it is', async () => {
  await using opened = await serving('off');
  await using remote = await connect(opened.door.port, { user: 'ann', password: PASSWORD });
  const message = Buffer.alloc(1_000_000, 'Subject: x\r\n\r\n\0\n\r.\r\n');
  assert.ok((await roundTrip(remote, message, 'BINARYMIME')).equals(message));
});

test('a wrong password is exit 4', async () => {
  await using opened = await serving('off');
  for (const auth of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'OAUTHBEARER', 'XOAUTH2'] as const) {
    const wrong = connect(opened.door.port, { user: 'ann', password: 'wrong', options: { auth } });
    await assert.rejects(wrong, ({ code, exit }: CsError) => code === 'CS_AUTH_REJECTED' && exit === 4, auth);
  }
});

test('LMTP: a reply for each recipient', async () => {
  await using opened = await serving('off', 'lmtp');
  await using remote = await connect(opened.door.port, { scheme: 'lmtp', user: 'ann', password: PASSWORD });
  const to = ['ann@x.test', 'ann+a@x.test', 'ann@x.test'].map((address) => ({ address }));
  for (let round = 0; round < 2; round += 1) {
    const draft = await remote.delivery!.open({ from: '', to });
    await draft.write(Buffer.from('Subject: x\r\n\r\nhello\r\n'));
    assert.equal((await draft.commit()).results.length, 3);
  }
});

test('CL-08 STARTTLS and implicit TLS with a certificate that is not acceptable: exit 5, and nothing was said', async () => {
  const bad: readonly (readonly [string, Made])[] = [
    ['wrong host', await testLeaf(authority, { names: ['elsewhere.test'] })],
    ['expired', await testLeaf(authority, { from: -3, to: -1 })],
    ['self-signed', await testLeaf(undefined)],
    ['weak', await testLeaf(authority, { rsa: 1024 })],
  ];
  for (const [name, made] of bad) {
    for (const mode of ['offered', 'implicit'] as const) {
      await using opened = await serving(mode, 'smtp', made);
      const tls = mode === 'implicit' ? 'implicit' : 'starttls';
      const attempt = connect(opened.door.port, { tls, user: 'ann', password: PASSWORD });
      await assert.rejects(attempt, (error: CsError) => {
        assert.deepEqual([error.code, error.exit], ['CS_TLS', 5], `${name} ${mode}: ${error.message}`);
        assert.match(error.hint ?? '', /--ca/);
        return true;
      });
    }
  }
});

test('a message given up in the middle is not stored, and the next one is', async () => {
  await using opened = await serving('off');
  await using remote = await connect(opened.door.port, { user: 'ann', password: PASSWORD });
  const star = await store.mail.of('*');
  const count = (await star.list('INBOX')).length;
  const draft = await remote.delivery!.open({ from: '', to: [{ address: 'ann@x.test' }] });
  await draft.write(Buffer.from('Subject: never\r\n\r\n'));
  await draft.abort();
  await draft.abort();
  await roundTrip(remote, MESSAGE);
  assert.equal((await star.list('INBOX')).length, count + 1);
});
