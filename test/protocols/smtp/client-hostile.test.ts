import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CsError } from '../../../src/kit/errors.ts';
import { connect, honest, scripted, send, type Visit } from './client-server.ts';

const fails = (code: string, exit: number) => (error: unknown) => {
  const { code: got, exit: status, message } = error as CsError;
  assert.deepEqual([got, status], [code, exit], message);
  return true;
};

/** Goes on until the client has had enough. */
async function flood(visit: Visit, text: string): Promise<void> {
  while (!visit.socket.destroyed) {
    if (!visit.socket.write(text)) {
      await new Promise<void>((resolve) => {
        visit.socket.once('drain', resolve).once('close', () => resolve());
      });
    }
    await new Promise(setImmediate);
  }
}

test('CL-01 an endless 220- greeting', async () => {
  await using server = await scripted((visit) => flood(visit, '220-more\r\n'.repeat(500)));
  await assert.rejects(connect(server.port), fails('CS_PEER_LIMIT', 8));
});

test('CL-01 an endless 250- to EHLO', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    await visit.line();
    await flood(visit, '250-X\r\n'.repeat(1000));
  });
  await assert.rejects(connect(server.port), fails('CS_PEER_LIMIT', 8));
});

test('CL-01 a line without an end', async () => {
  await using server = await scripted((visit) => flood(visit, '220 '.padEnd(64 * 1024, 'x')));
  await assert.rejects(connect(server.port), fails('CS_PEER_LIMIT', 8));
});

test('CL-01 replies that nobody asked for', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    await visit.line();
    visit.say(`250 x\r\n${'250 again\r\n'.repeat(100)}`);
  });
  const remote = await connect(server.port).catch((error: unknown) => error);
  if (remote instanceof Error) fails('CS_PEER_PROTOCOL', 8)(remote);
  else await assert.rejects(send(remote as never, 'x'), fails('CS_PEER_PROTOCOL', 8));
});

test('CL-01 what is no reply at all', async () => {
  for (const text of ['hello\r\n', '250-a\r\n251 b\r\n', '99 x\r\n']) {
    await using server = await scripted(async (visit) => visit.say(text));
    await assert.rejects(connect(server.port), fails('CS_PEER_PROTOCOL', 8));
  }
});

for (const [what, offer, answer, tls] of [
  ['a reply injected behind STARTTLS', '250 STARTTLS\r\n', '220 go ahead\r\n250 injected\r\n', 'starttls-required'],
  ['half a line injected behind STARTTLS', '250 STARTTLS\r\n', '220 go ahead\r\n250-inj', 'starttls'],
  ['a reply injected before STARTTLS', '250 STARTTLS\r\n220 early\r\n', '220 go ahead\r\n', 'starttls-required'],
] as const) {
  test(`CL-04 ${what}`, async () => {
    await using server = await scripted(async (visit) => {
      visit.say('220 x\r\n');
      await visit.line();
      visit.say(`250-x\r\n${offer}`);
      await visit.line();
      visit.say(answer);
    });
    await assert.rejects(connect(server.port, { tls }), fails('CS_TLS', 5));
  });
}

test('CL-04 STARTTLS missing, refused, or EHLO unknown where TLS is required', async () => {
  const answers = [
    ['250 x\r\n', ''],
    ['250-x\r\n250 STARTTLS\r\n', '454 4.7.0 no\r\n'],
    ['502 5.5.1 what?\r\n', '250 x\r\n'],
  ];
  for (const [ehlo = '', next = ''] of answers) {
    await using server = await scripted(async (visit) => {
      visit.say('220 x\r\n');
      await visit.line();
      visit.say(ehlo);
      await visit.line();
      visit.say(next);
      if ((await visit.line()) === 'QUIT') visit.socket.end();
    });
    await assert.rejects(connect(server.port, { tls: 'starttls-required' }), fails('CS_TLS', 5));
    assert.ok(!server.visits[0]!.said.includes('MAIL'));
  }
});

test('CL-07 line breaks and NUL in an address, an envelope id and the EHLO name connect to nothing', async () => {
  const taken: never[] = [];
  await using server = await scripted(honest([], taken));
  for (const helo of ['x\r\nMAIL FROM:<>', 'x\0', 'a b', '']) {
    await assert.rejects(connect(server.port, { options: { helo } }), fails('CS_INPUT', 2));
  }
  await assert.rejects(connect(server.port, { options: { xclient: ['NAME=x\r\nQUIT'] } }), fails('CS_INPUT', 2));
  await assert.rejects(connect(server.port, { user: 'a\r\nb', password: 'x' }), fails('CS_INPUT', 2));
  assert.equal(server.visits.length, 0);
  await using remote = await connect(server.port);
  const before = server.visits[0]!.said;
  for (const bad of ['a@x\r\nRCPT TO:<c@x>', 'a\n@x', 'a@x\0', 'a@x> SIZE=1', 'a b@x', '"a\r\n"@x', '"a@x', '']) {
    await assert.rejects(async () => send(remote, 'x', [bad]), fails('CS_INPUT', 2), bad);
  }
  const open = async (envid: string) =>
    remote.delivery!.open({ from: 'a@x.test', to: [{ address: 'b@x.test' }], envid });
  await assert.rejects(open('x\r\nDATA'), fails('CS_INPUT', 2));
  assert.equal(server.visits[0]!.said, before);
});

test('CL-10 the server closes after the message, before its answer', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    for (const reply of ['250 x', '250 ok', '250 ok', '354 go']) {
      await visit.line();
      visit.say(`${reply}\r\n`);
    }
    await visit.untilDot();
    visit.socket.end();
  });
  await using remote = await connect(server.port);
  await assert.rejects(send(remote, 'Subject: x\r\n\r\nhello\r\n'), fails('CS_UNKNOWN_OUTCOME', 10));
});

test('a server that closes inside the message has not taken it', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    for (const reply of ['250 x', '250 ok', '250 ok', '354 go']) {
      await visit.line();
      visit.say(`${reply}\r\n`);
    }
    await visit.octets(10);
    visit.socket.destroy();
  });
  await using remote = await connect(server.port);
  const draft = await remote.delivery!.open({ from: '', to: [{ address: 'b@x.test' }] });
  const gone = new Promise((resolve) => server.visits[0]!.socket.once('close', resolve));
  await draft.write(Buffer.alloc(20, 'x'));
  await gone;
  await assert.rejects(
    async () => {
      for (;;) {
        await draft.write(Buffer.alloc(64 * 1024, 'x'));
        await new Promise(setImmediate);
      }
    },
    fails('CS_CANNOT_CONNECT', 7),
  );
  await draft.abort();
});

test('a refusal in the middle of the message is told as such', async () => {
  await using server = await scripted(async (visit) => {
    visit.say('220 x\r\n');
    for (const reply of ['250 x', '250 ok', '250 ok', '354 go']) {
      await visit.line();
      visit.say(`${reply}\r\n`);
    }
    await visit.octets(10);
    visit.say('552 5.3.4 too large\r\n');
    visit.socket.resume();
  });
  await using remote = await connect(server.port);
  const draft = await remote.delivery!.open({ from: '', to: [{ address: 'b@x.test' }] });
  await assert.rejects(
    async () => {
      for (;;) {
        await draft.write(Buffer.alloc(64 * 1024, 'x'));
        await new Promise(setImmediate);
      }
    },
    fails('CS_PEER_REFUSED', 9),
  );
  await draft.abort();
});

test('a silent server ends with the signal', async () => {
  await using server = await scripted(async () => {});
  const signal = AbortSignal.timeout(50);
  await assert.rejects(connect(server.port, { signal }), fails('CS_TIMEOUT', 124));
});
