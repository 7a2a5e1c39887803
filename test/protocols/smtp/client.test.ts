import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Envelope } from '../../../src/contracts/delivery.ts';
import type { CsError } from '../../../src/kit/errors.ts';
import { DotUnstuffer } from '../../../src/protocols/shared/dot-stuffing.ts';
import { client } from '../../../src/protocols/smtp/client.ts';
import { connect, contextFor, dial, honest, scripted, send, type Taken } from './client-server.ts';

const ALL = ['PIPELINING', 'SIZE 1000000', '8BITMIME', 'SMTPUTF8', 'DSN', 'CHUNKING', 'BINARYMIME'];

function unstuffed(message: string): string {
  const { body } = new DotUnstuffer().push(Buffer.from(`${message}.\r\n`, 'latin1'));
  return Buffer.from(body).toString('latin1');
}

const fails = (code: string) => (error: unknown) => {
  assert.equal((error as CsError).code, code, (error as Error).message);
  return true;
};

for (const pipelining of ['auto', 'on', 'off'] as const) {
  test(`messages one after the other, pipelining ${pipelining}`, async () => {
    const taken: Taken[] = [];
    await using server = await scripted(honest(ALL, taken));
    {
      await using remote = await connect(server.port, { options: { pipelining } });
      const receipt = await send(remote, 'Subject: x\r\n\r\n.one\n..two\r\nthree', ['b@x.test', 'c@x.test']);
      assert.equal(receipt.id, 'Q1');
      assert.deepEqual(
        receipt.results.map(({ accepted, reply }) => [accepted, reply]),
        [
          [true, '250 2.0.0 queued as Q1'],
          [true, '250 2.0.0 queued as Q1'],
        ],
      );
      await send(remote, 'second\r\n');
    }
    assert.deepEqual(
      taken.map(({ message }) => unstuffed(message)),
      ['Subject: x\r\n\r\n.one\r\n..two\r\nthree\r\n', 'second\r\n'],
    );
    assert.deepEqual(taken[0]!.rcpt, ['RCPT TO:<b@x.test>', 'RCPT TO:<c@x.test>']);
    assert.ok(server.visits[0]!.said.endsWith('QUIT\r\n'));
  });
}

test('some recipients refused: a receipt that says which', async () => {
  const taken: Taken[] = [];
  await using server = await scripted(honest(ALL, taken));
  await using remote = await connect(server.port);
  const receipt = await send(remote, 'x', ['nobody@x.test', 'b@x.test', 'later@x.test']);
  assert.deepEqual(
    receipt.results.map(({ accepted, reply }) => [accepted, reply.slice(0, 9)]),
    [
      [false, '550 5.1.1'],
      [true, '250 2.0.0'],
      [false, '451 4.2.1'],
    ],
  );
});

test('all recipients refused: for good, or for now as long as one may pass; the session goes on', async () => {
  for (const pipelining of ['on', 'off'] as const) {
    const taken: Taken[] = [];
    await using server = await scripted(honest(ALL, taken));
    await using remote = await connect(server.port, { options: { pipelining } });
    await assert.rejects(send(remote, 'x', ['nobody@x.test']), fails('CS_PEER_REFUSED'));
    await assert.rejects(send(remote, 'x', ['nobody@x.test', 'later@x.test']), fails('CS_PEER_TEMPORARY'));
    await send(remote, 'x');
    assert.equal(taken.length, 1);
  }
});

test('the final reply decides', async () => {
  for (const [final, code] of [
    ['554 5.7.1 spam', 'CS_PEER_REFUSED'],
    ['451 4.3.0 later', 'CS_PEER_TEMPORARY'],
  ] as const) {
    await using server = await scripted(honest(ALL, [], final));
    await using remote = await connect(server.port);
    await assert.rejects(send(remote, 'x'), (error: unknown) => {
      assert.equal((error as CsError).reply, final);
      return fails(code)(error);
    });
  }
});

test('what the server offers is asked for, and nothing else', async () => {
  const envelope: Envelope = {
    from: 'a@x.test',
    to: [{ address: 'jürgen@bücher.test', notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;b+c@x.test' }],
    ...{ size: 3, body: '8BITMIME', ret: 'HDRS', envid: 'id=1+2' },
  };
  const lines = async (keywords: readonly string[], to = envelope.to): Promise<readonly string[]> => {
    const taken: Taken[] = [];
    await using server = await scripted(honest(keywords, taken));
    await using remote = await connect(server.port);
    const draft = await remote.delivery!.open({ ...envelope, to });
    await draft.write(Buffer.from('x\r\n'));
    await draft.commit();
    return [taken[0]!.mail, ...taken[0]!.rcpt].map((line) => Buffer.from(line, 'latin1').toString('utf8'));
  };
  assert.deepEqual(await lines(ALL), [
    'MAIL FROM:<a@x.test> SIZE=3 BODY=8BITMIME RET=HDRS ENVID=id+3D1+2B2 SMTPUTF8',
    'RCPT TO:<jürgen@bücher.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b+2Bc@x.test',
  ]);
  assert.deepEqual(await lines([], [{ address: 'j@bücher.test' }]), [
    'MAIL FROM:<a@x.test>',
    'RCPT TO:<j@xn--bcher-kva.test>',
  ]);
  await assert.rejects(lines([]), fails('CS_PEER_REFUSED'));
  await assert.rejects(lines(['SIZE 2'], [{ address: 'b@x.test' }]), fails('CS_LIMIT'));
});

test('EHLO unknown: HELO, and no extensions', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    for (const reply of ['500 what?', '250 x', '250 ok', '250 ok', '354 go']) {
      await visit.line();
      visit.say(`${reply}\r\n`);
    }
    await visit.untilDot();
    visit.say('250 fine\r\n');
    await visit.line();
    visit.socket.end();
  });
  await using remote = await connect(server.port, { options: { helo: 'me.test' } });
  assert.equal((await send(remote, 'x')).id, 'fine');
  assert.deepEqual(server.visits[0]!.said.split('\r\n').slice(0, 4), [
    'EHLO me.test',
    'HELO me.test',
    'MAIL FROM:<a@x.test>',
    'RCPT TO:<b@x.test>',
  ]);
});

test('LMTP answers for each recipient', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    for (const reply of ['250 x', '250 ok', '250 ok', '550 no', '250 ok', '354 go']) {
      await visit.line();
      visit.say(`${reply}\r\n`);
    }
    await visit.untilDot();
    visit.say('250 2.0.0 b has it\r\n452 4.2.2 d is full\r\n');
    if ((await visit.line()) === 'QUIT') visit.socket.end('221 bye\r\n');
  });
  await using remote = await connect(server.port, { scheme: 'lmtp' });
  const { results } = await send(remote, 'x', ['b@x.test', 'c@x.test', 'd@x.test']);
  assert.ok(server.visits[0]!.said.startsWith('LHLO '));
  assert.deepEqual(
    results.map(({ accepted, reply }) => [accepted, reply]),
    [
      [true, '250 2.0.0 b has it'],
      [false, '550 no'],
      [false, '452 4.2.2 d is full'],
    ],
  );
});

test('CHUNKING: octets as they are, in chunks', async () => {
  const chunks: Buffer[] = [];
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    await visit.line();
    visit.say('250-x\r\n250-BINARYMIME\r\n250 CHUNKING\r\n');
    for (let line = await visit.line(); line !== undefined; line = await visit.line()) {
      const [, count] = /^BDAT (\d+)/.exec(line) ?? [];
      if (count !== undefined) chunks.push(await visit.octets(Number(count)));
      visit.say(line === 'QUIT' ? '221 bye\r\n' : '250 2.0.0 ok\r\n');
      if (line === 'QUIT') visit.socket.end();
    }
  });
  await using remote = await connect(server.port);
  const message = Buffer.alloc(600_000, '.\n\0\r');
  const draft = await remote.delivery!.open({ from: '', to: [{ address: 'b@x.test' }], body: 'BINARYMIME' });
  for (let at = 0; at < message.length; at += 50_000) await draft.write(message.subarray(at, at + 50_000));
  assert.equal((await draft.commit()).size, message.length);
  assert.ok(chunks.length > 1);
  assert.ok(Buffer.concat(chunks).equals(message));
  assert.match(server.visits[0]!.said, /BDAT \d+ LAST\r\n/);
});

test('--quit-after stops where it says', async () => {
  const expected = {
    connect: [],
    banner: ['QUIT'],
    ehlo: ['EHLO', 'QUIT'],
    auth: ['EHLO', 'QUIT'],
    mail: ['EHLO', 'MAIL', 'QUIT'],
    rcpt: ['EHLO', 'MAIL', 'RCPT', 'QUIT'],
    data: ['EHLO', 'MAIL', 'RCPT', 'DATA'],
  } as const;
  for (const [step, verbs] of Object.entries(expected)) {
    const taken: Taken[] = [];
    await using server = await scripted(honest(ALL, taken));
    const remote = await connect(server.port, { options: { quitAfter: step as keyof typeof expected } });
    if (remote.delivery) await send(remote, 'never\r\n');
    await remote[Symbol.asyncDispose]();
    const said = (server.visits[0]?.said ?? '').split('\r\n').filter(Boolean);
    const got = said.map((line) => line.split(/[ :]/)[0]);
    if (step === 'connect') assert.ok(got.length <= 1, `${got}`);
    else assert.deepEqual(got, verbs, step);
    assert.equal(remote.facts?.().stopped_after, step);
    assert.equal(taken.length, 0);
  }
});

test('logging in: the mechanisms, and the server’s no', async () => {
  const dialogues = {
    PLAIN: [['AUTH PLAIN AGFubgBzM2NyZXQ=', '235 2.7.0 ok']],
    LOGIN: [
      ['AUTH LOGIN', '334 VXNlcm5hbWU6'],
      ['YW5u', '334 UGFzc3dvcmQ6'],
      ['czNjcmV0', '235 ok'],
    ],
    XOAUTH2: [['AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIgczNjcmV0AQE=', '235 ok']],
  } as const;
  for (const [auth, dialogue] of Object.entries(dialogues)) {
    await using server = await scripted(async (visit) => {
      visit.say('220 x\r\n');
      await visit.line();
      visit.say('250-x\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n');
      for (const [line, reply] of dialogue) visit.say((await visit.line()) === line ? `${reply}\r\n` : '500 no\r\n');
      if ((await visit.line()) === 'QUIT') visit.socket.end('221 bye\r\n');
    });
    const remote = await connect(server.port, { user: 'ann', password: 's3cret', options: { auth: auth as 'PLAIN' } });
    assert.equal(remote.facts?.().mechanism, auth);
    await remote[Symbol.asyncDispose]();
  }
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    await visit.line();
    visit.say('250-x\r\n250 AUTH PLAIN\r\n');
    await visit.line();
    visit.say('535 5.7.8 no\r\n');
    if ((await visit.line()) === 'QUIT') visit.socket.end('221 bye\r\n');
  });
  await assert.rejects(connect(server.port, { user: 'ann', password: 's3cret' }), fails('CS_AUTH_REJECTED'));
});

test('a delivery whose connection ended between two messages connects again', async () => {
  const taken: Taken[] = [];
  await using server = await scripted(honest(ALL, taken));
  await using remote = await connect(server.port);
  await send(remote, 'one');
  const left = new Promise((resolve) => server.visits[0]!.socket.once('close', resolve));
  server.visits[0]!.socket.end();
  await left;
  await send(remote, 'two');
  assert.equal(taken.length, 2);
  assert.equal(server.visits.length, 2);
});

test('probe tells what there is', async () => {
  await using server = await scripted(honest(['SIZE 5', 'AUTH PLAIN LOGIN'], []));
  const facts = await client.probe!(dial, contextFor(server.port));
  assert.equal(facts.banner, '220 small.test ESMTP');
  assert.deepEqual(facts.capabilities, ['SIZE 5', 'AUTH PLAIN LOGIN', 'HELP']);
  assert.deepEqual(facts.auth, ['PLAIN', 'LOGIN']);
  assert.equal(facts.size_limit, 5);
  assert.equal(facts.tls, null);
});
