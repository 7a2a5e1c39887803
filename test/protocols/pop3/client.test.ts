import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccounts } from '../../../src/auth/accounts.ts';
import { createScramKeys, formatScramKeys } from '../../../src/auth/scram-keys.ts';
import { Secret } from '../../../src/kit/secret.ts';
import { client } from '../../../src/protocols/pop3/client.ts';
import { fails, message, whole } from '../../conformance/harness.ts';
import { noise } from '../../property.ts';
import { clientContext, dialTo, mailboxAt, scripted } from './client-stage.ts';
import { Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };
const OWNER = 'ann@x.test';

test('client: what was accepted comes back octet for octet, whole and in ranges', LIMIT, async () => {
  const stage = await Stage.open({ options: { utf8: 'send' } });
  const sent = [0, 1, 200, 4096, 65_536, 300_000].map((size) => noise(size));
  sent.push(Buffer.from('a: b\r\n\r\n.\r\n..\r\n'), Buffer.from('no end'), Buffer.from('ends in CR\r'));
  for (const bytes of sent) await stage.deliver(OWNER, bytes);
  await using box = await mailboxAt(() => stage.connect());
  const entries = await box.mail.list('INBOX');
  assert.deepEqual(
    entries.map(({ size }) => size),
    sent.map(({ length }) => length),
  );
  for (const [index, { uid }] of entries.entries()) {
    const bytes = sent[index]!;
    assert.deepEqual(await whole(box.mail.read('INBOX', uid)), bytes);
    const [start, end] = [Math.floor(bytes.length / 3), Math.floor(bytes.length / 2)];
    assert.deepEqual(await whole(box.mail.read('INBOX', uid, { start, end })), bytes.subarray(start, end));
    assert.deepEqual(await whole(box.mail.read('INBOX', uid, { start })), bytes.subarray(start));
  }
});

test('client: a reader that leaves early leaves the mailbox usable', LIMIT, async () => {
  const stage = await Stage.open({ options: { utf8: 'send' } });
  await stage.deliver(OWNER, noise(3_000_000));
  await using box = await mailboxAt(() => stage.connect());
  for await (const _ of box.mail.read('INBOX', 1)) break;
  assert.equal((await whole(box.mail.read('INBOX', 1, { start: 0, end: 10 }))).length, 10);
  assert.equal((await box.mail.list('INBOX')).length, 1);
});

test('client: an entry tells the decoded header, the lasting id and the size', LIMIT, async () => {
  const stage = await Stage.open();
  const bytes = Buffer.from(
    'Return-Path: <bob@y.test>\r\nDelivered-To: ann@x.test\r\nFrom: =?utf-8?q?J=C3=B6rg?= <j@y.test>\r\n' +
      'To: ann@x.test, Cat <c@x.test>\r\nSubject: =?utf-8?b?w6Q=?=\r\nMessage-ID: <1@y>\r\n' +
      'Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nhi',
  );
  await stage.deliver(OWNER, bytes);
  await using box = await mailboxAt(() => stage.connect());
  const [entry] = await box.mail.list('inbox');
  const [inbox] = await box.mail.mailboxes();
  assert.deepEqual(entry, {
    uid: 1,
    id: `${inbox?.uidValidity}.1`,
    size: bytes.length,
    flags: [],
    modseq: 1,
    receivedAt: '2026-11-24T10:00:00.000Z',
    envelope: { from: 'bob@y.test', to: ['ann@x.test'] },
    headers: {
      from: 'Jörg <j@y.test>',
      to: ['ann@x.test', 'Cat <c@x.test>'],
      subject: 'ä',
      messageId: '<1@y>',
      date: 'Tue, 24 Nov 2026 10:00:00 +0000',
    },
  });
  assert.deepEqual([inbox?.messages, inbox?.bytes, inbox?.uidNext], [1, bytes.length, 2]);
});

test('client: removing counts what was there and is done when it returns; new mail is seen', LIMIT, async () => {
  const stage = await Stage.open();
  for (const subject of ['a', 'b', 'c']) await stage.deliver(OWNER, message(subject));
  await using box = await mailboxAt(() => stage.connect());
  assert.equal(await box.mail.remove('INBOX', [2, 3, 3, 99]), 2);
  assert.deepEqual(
    (await (await stage.store.mail.of(OWNER)).list('INBOX')).map(({ uid }) => uid),
    [1],
  );
  assert.deepEqual(
    (await box.mail.list('INBOX')).map(({ uid }) => uid),
    [1],
  );
  await fails('CS_NOT_FOUND', () => whole(box.mail.read('INBOX', 3)));
  await stage.deliver(OWNER, message('d'));
  assert.deepEqual(
    (await box.mail.list('INBOX', [4, 77, 1])).map(({ uid }) => uid),
    [1, 4],
  );
  assert.deepEqual(
    (await box.mail.list('INBOX')).map(({ headers }) => headers.subject),
    ['a', 'd'],
  );
  await fails('CS_NOT_FOUND', () => box.mail.list('nowhere'));
});

test('client: calls at once wait for one another', LIMIT, async () => {
  const stage = await Stage.open();
  for (let at = 0; at < 120; at++) await stage.deliver(OWNER, message(`m${at}`));
  await using box = await mailboxAt(() => stage.connect());
  const [first, list, second] = await Promise.all([
    whole(box.mail.read('INBOX', 1)),
    box.mail.list('INBOX'),
    whole(box.mail.read('INBOX', 120)),
  ]);
  assert.deepEqual([first, second], [message('m0'), message('m119')]);
  assert.deepEqual(
    list.map(({ headers }) => headers.subject),
    Array.from({ length: 120 }, (_, at) => `m${at}`),
  );
});

test('client: everything captured is the mailbox *', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver(OWNER, message('a'));
  await stage.deliver('bob@x.test', message('b'));
  await using box = await mailboxAt(() => stage.connect(), { user: '*' });
  assert.deepEqual(
    (await box.mail.list('INBOX')).map(({ headers }) => headers.subject),
    ['a', 'b'],
  );
});

test(
  'client: a wrong password is CS_AUTH_REJECTED, none at all CS_AUTH_REQUIRED, a locked mailbox temporary',
  LIMIT,
  async () => {
    const stage = await Stage.open();
    const connect = () => stage.connect();
    await fails('CS_AUTH_REJECTED', () => mailboxAt(connect, { password: new Secret('wrong') }));
    await fails('CS_AUTH_REQUIRED', () => mailboxAt(connect, { password: undefined }));
    await fails('CS_AUTH_REQUIRED', () => mailboxAt(connect, { user: undefined }));
    const first = await stage.login();
    await fails('CS_PEER_TEMPORARY', () => mailboxAt(connect));
    first.end();
    await first.rest();
  },
);

test('client: SCRAM-SHA-256 is chosen where an account has a verifier, both ends prove themselves', LIMIT, async () => {
  const mechanisms: (string | undefined)[] = [];
  const plain = await Stage.open();
  const password = new Secret('pencil of length');
  const now = new Date().toISOString();
  const scram = formatScramKeys(await createScramKeys(password.reveal()));
  await plain.store.users.put({
    name: OWNER,
    password: undefined,
    scram,
    addresses: [],
    createdAt: now,
    updatedAt: now,
  });
  const accounts = createAccounts({
    records: plain.store.users,
    mode: 'required',
    journal: plain.store.journal,
    log: () => {},
    throttleLoopback: false,
  });
  const settle: typeof accounts.settle = (user, proved, from, signal) => {
    mechanisms.push(from.mechanism);
    return accounts.settle(user, proved, from, signal);
  };
  const verify: typeof accounts.verify = () => assert.fail('the password travelled');
  const stage = await Stage.open({
    accounts: {
      ...accounts,
      scram: (user) => accounts.scram!(user),
      mode: 'required',
      owner: accounts.owner,
      settle,
      verify,
    },
  });
  await stage.deliver(OWNER, message('a'));
  await using box = await mailboxAt(() => stage.connect(), { password });
  assert.equal((await box.mail.list('INBOX')).length, 1);
  await fails('CS_AUTH_REJECTED', () => mailboxAt(() => stage.connect(), { password: new Secret('another one') }));
  assert.deepEqual(mechanisms, ['SCRAM-SHA-256', 'SCRAM-SHA-256']);
});

const greet = (line: string | undefined, say: (text: string) => void, capa: string[] = []): boolean => {
  if (line === undefined) say('+OK hello\r\n');
  else if (line === 'CAPA') say(`+OK\r\n${[...capa, '.'].join('\r\n')}\r\n`);
  else return false;
  return true;
};

const ENDLESS: [string, ReturnType<typeof scripted>][] = [
  ['a greeting of 1 GiB', scripted((line, say) => line ?? say('+OK '.padEnd(70_000, 'x')))],
  [
    'CAPA without end',
    scripted((line, say) => {
      if (line === undefined) say('+OK hello\r\n');
      else say(`+OK\r\n${`${'x'.repeat(98)}\r\n`.repeat(12_000)}`);
    }),
  ],
  [
    'a header without end',
    scripted((line, say) => {
      if (greet(line, say, ['UIDL', 'TOP'])) return;
      if (line?.startsWith('LIST')) say('+OK\r\n1 10\r\n.\r\n');
      else if (line?.startsWith('UIDL')) say('+OK\r\n1 a\r\n.\r\n');
      else if (line?.startsWith('TOP')) say(`+OK\r\n${`X: ${'x'.repeat(95)}\r\n`.repeat(12_000)}`);
      else say('+OK\r\n');
    }),
  ],
];
for (const [what, server] of ENDLESS) {
  test(`CL-01 ${what}: CS_PEER_LIMIT`, LIMIT, async () => {
    const error = await fails('CS_PEER_LIMIT', async () => {
      const box = await mailboxAt(server);
      await box.mail.list('INBOX');
    });
    assert.equal(error.exit, 8);
  });
}

for (const [what, list] of [
  ['a size that is none', '1 1e9'],
  ['numbers that do not ascend', '2 5\r\n1 5'],
  ['no numbers', '../../.ssh/authorized_keys'],
] as const) {
  test(`client: a listing with ${what} is CS_PEER_PROTOCOL`, LIMIT, async () => {
    const server = scripted((line, say) => {
      if (greet(line, say)) return;
      say(line === 'LIST' ? `+OK\r\n${list}\r\n.\r\n` : '+OK\r\n');
    });
    await fails('CS_PEER_PROTOCOL', async () => (await mailboxAt(server)).mail.list('INBOX'));
  });
}

test('CL-04 STLS that is not offered is exit 5, before the password', LIMIT, async () => {
  const heard: string[] = [];
  const server = scripted((line, say) => {
    if (line !== undefined) heard.push(line);
    if (!greet(line, say, ['USER'])) say('-ERR\r\n');
  });
  const required = await fails('CS_TLS', () => mailboxAt(server, { tls: 'starttls-required' }));
  assert.equal(required.exit, 5);
  const far = client.connect(dialTo(server, '192.0.2.1'), clientContext());
  assert.equal((await fails('CS_TLS', () => far)).exit, 5);
  assert.ok(
    heard.every((line) => line === 'CAPA' || line === 'QUIT'),
    heard.join(),
  );
});

test('CL-04 replies sent ahead of the handshake are exit 5', LIMIT, async () => {
  const server = scripted((line, say) => {
    if (!greet(line, say, ['STLS', 'USER'])) say(line === 'STLS' ? '+OK go\r\n+OK injected\r\n' : '-ERR\r\n');
  });
  const error = await mailboxAt(server, { tls: 'starttls-required' }).then(
    () => assert.fail('connected'),
    (reason) => reason,
  );
  assert.equal(error.exit, 5, error.message);
});

test('CL-07 a name or password with a line break is refused before it is sent', LIMIT, async () => {
  const heard: string[] = [];
  const server = scripted((line, say) => {
    if (line !== undefined) heard.push(line);
    if (!greet(line, say, ['USER'])) say('+OK\r\n');
  });
  await fails('CS_INPUT', () => mailboxAt(server, { user: 'ann\r\nDELE 1' }));
  await fails('CS_INPUT', () => mailboxAt(server, { password: new Secret('x\r\nDELE 1') }));
  assert.ok(!heard.some((line) => line.startsWith('DELE')));
});

test('client: a connection lost at QUIT after DELE is an unknown outcome', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver(OWNER, message('a'));
  let lost = false;
  const server = scripted((line, say) => {
    if (greet(line, say, ['USER', 'UIDL'])) return;
    if (line === 'LIST') say('+OK\r\n1 5\r\n.\r\n');
    else if (line === 'UIDL') say('+OK\r\n1 abc\r\n.\r\n');
    else if (line === 'QUIT') lost = true;
    else say('+OK\r\n');
  });
  const connect = () => {
    const far = server();
    const watch = setInterval(() => lost && far.destroy(), 5);
    far.on('close', () => clearInterval(watch));
    return far;
  };
  const { mail } = await mailboxAt(connect);
  await fails('CS_UNKNOWN_OUTCOME', () => mail.remove('INBOX', [1]));
});

test('client: the time limit ends a conversation that stalls', LIMIT, async () => {
  const stop = new AbortController();
  const server = scripted((line, say) => {
    if (line === undefined) say('+OK hello\r\n');
    else stop.abort(new Error('enough'));
  });
  await assert.rejects(client.connect(dialTo(server), clientContext({}, stop.signal)), /enough/);
});

test('client: probe tells what anybody may see', LIMIT, async () => {
  const stage = await Stage.open();
  const facts = await client.probe!(
    dialTo(() => stage.connect()),
    clientContext({ user: undefined }),
  );
  assert.equal(facts.greeting, 'cs 1.2.3 POP3 ready');
  assert.deepEqual(facts.tls, { offered: false, began: 'no' });
  assert.deepEqual(facts.auth, ['PLAIN', 'LOGIN', 'OAUTHBEARER', 'XOAUTH2', 'USER']);
  assert.ok((facts.capabilities as string[]).includes('PIPELINING'));
  assert.equal(typeof facts.latency_ms, 'number');
});
