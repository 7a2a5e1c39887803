import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { Draft } from '../../../src/contracts/delivery.ts';
import { StreamConnection } from '../../../src/net/connection.ts';
import { duplexPair } from '../../net/duplex-pair.ts';
import { Client, codes, ENVELOPE, START, Stage } from './stage.ts';

test('SM-28 errors are first answered late, and end the conversation at the twentieth', async () => {
  await using stage = await Stage.open({ options: { tarpit: 20 } });
  const client = await stage.greeted();
  for (let error = 1; error < 20; error++) assert.match(await client.ask('FOO'), /^500 5\.5\.2 /, `error ${error}`);
  client.send('FOO\r\n');
  assert.deepEqual(codes(await client.goodbye()), ['421 4.7.0']);
  client.end();
  assert.equal((await stage.fact('limit')).limit, 'errors');
});

test('SM-28 the tarpit holds the answer back, and ends with the connection', async () => {
  await using stage = await Stage.open({ options: { tarpit: 3_600_000 } });
  const client = await stage.greeted();
  for (let error = 1; error <= 10; error++) await client.ask('FOO');
  client.send('FOO\r\nQUIT\r\n');
  let said = false;
  void client.line().then((line) => {
    said = line !== '';
  });
  await stage.greeted();
  assert.equal(said, false);
  (client.stream as Socket).resetAndDestroy();
  assert.equal((await stage.fact('connection.close')).code, 'CC');
});

test('SM-28 commands that lead nowhere count as errors after a hundred, and a message makes good for them', async () => {
  await using stage = await Stage.open({ options: { tarpit: 0, junk: 100 } });
  const pieces = 'NOOP\r\nRSET\r\n'.repeat(50);
  const patient = await stage.say(`EHLO c\r\n${pieces}${ENVELOPE}.\r\n${pieces}QUIT\r\n`);
  assert.equal(codes(patient).at(-1), '221 2.0.0');
  const replies = await stage.say(`EHLO c\r\n${'NOOP\r\n'.repeat(200)}`);
  assert.equal(replies.length, 1 + 100 + 20);
  assert.equal(codes(replies).at(-1), '421 4.7.0');
});

test('SM-29 a command that drips in is cut off at its deadline', async () => {
  await using stage = await Stage.open({ limits: { commandTime: 1500 } });
  const client = await stage.greeted();
  const drip = setInterval(() => client.send('N'), 20);
  try {
    assert.deepEqual(codes(await client.goodbye()), ['421 4.4.2']);
  } finally {
    clearInterval(drip);
    client.stream.destroy();
  }
  assert.equal((await stage.fact('connection.close')).code, 'TC');
});

test('SM-29 a silent client is cut off after the idle time', async () => {
  await using stage = await Stage.open({ limits: { idleTime: 1500 } });
  const client = await stage.greeted();
  assert.deepEqual(codes(await client.goodbye()), ['421 4.4.2']);
  client.end();
  assert.equal((await stage.fact('connection.close')).code, 'TI');
});

test('SM-29 SM-30 a body that stands still is cut off, and its draft forgotten', async () => {
  let aborted: () => void = () => {};
  const forgotten = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  const draft: Draft = {
    write: () => undefined,
    commit: () => assert.fail('never'),
    abort: async () => aborted(),
  };
  await using stage = await Stage.open({ delivery: () => ({ open: () => draft }) });
  const [near, far] = duplexPair();
  const peer = { address: '127.0.0.1', port: 1, loopback: true };
  const conn = new StreamConnection({ stream: near, id: 'c', role: 'server', peer, local: peer, rateGrace: 200 });
  const served = stage.handler(conn);
  const client = new Client(far);
  await client.reply();
  await client.askAll('EHLO c', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  client.send('Subject: and then nothing\r\n');
  assert.deepEqual(codes(await client.goodbye()), ['421 4.4.2']);
  await served;
  await forgotten;
  assert.equal(`${conn.endedBy}${conn.phase}`, 'TD');
});

test('SM-30 a client that hangs up inside DATA leaves nothing behind', async () => {
  await using stage = await Stage.open();
  for (const end of ['end', 'destroy'] as const) {
    const client = await stage.greeted();
    await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
    client.send('half a message\r\n');
    client.stream[end]();
    await client.rest();
  }
  assert.equal(await stage.door.drain(5000), 0);
  assert.deepEqual(await stage.mails(), []);
  assert.deepEqual(stage.logged, []);
});

test('SM-33 one connection too many is told so, and the others are served', async () => {
  await using stage = await Stage.open({ limits: { connections: 2 } });
  const clients = [await stage.greeted(), await stage.greeted()];
  const late = new Client(await stage.socket());
  assert.deepEqual(codes(await late.goodbye()), ['421 4.7.0']);
  late.end();
  for (const client of clients) {
    assert.match(await client.ask('NOOP'), /^250 /);
    client.end();
  }
});

test('a client that reads no replies is not read either', async () => {
  await using stage = await Stage.open({ options: { junk: 10_000_000, errors: 1 } });
  const socket = await stage.socket();
  socket.pause();
  const batch = Buffer.from('HELP\r\n'.repeat(10_000));
  let sent = 0;
  // The kernels on both ends take some megabytes; then writing stops because nobody reads.
  while (sent < 3000 && socket.writableLength < 1024 * 1024) {
    socket.write(batch);
    sent += 1;
    await new Promise(setImmediate);
  }
  assert.ok(sent < 3000, `stopped after ${sent} batches`);
  socket.destroy();
});

test('a client that has sent everything and its FIN still gets every answer', async () => {
  await using stage = await Stage.open();
  assert.equal(codes(await stage.say(`${START}hello\r\n.\r\n`)).at(-1), '250 2.0.0');
  assert.equal((await stage.mails()).length, 1);
});

test('a shutdown waits for the message under way, and says goodbye', async () => {
  await using stage = await Stage.open();
  const idle = await stage.greeted();
  const busy = await stage.greeted();
  await busy.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  busy.send('hello\r\n');
  const drained = stage.door.drain(10_000);
  assert.deepEqual(codes(await idle.goodbye()), ['421 4.3.2']);
  idle.end();
  busy.send('.\r\n');
  assert.deepEqual(codes(await busy.goodbye()), ['250 2.0.0', '421 4.3.2']);
  busy.end();
  assert.equal(await drained, 0);
  assert.equal((await stage.mails()).length, 1);
});

test('no 250 before the message is stored', async () => {
  let store: () => void = () => {};
  const stored = new Promise<void>((resolve) => {
    store = resolve;
  });
  let committing: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    committing = resolve;
  });
  const draft: Draft = {
    write: () => undefined,
    commit: async () => {
      committing();
      await stored;
      return { id: '7', size: 0, results: [] };
    },
    abort: async () => {},
  };
  await using stage = await Stage.open({ delivery: () => ({ open: () => draft }) });
  const client = await stage.greeted();
  await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  let answered = false;
  const answer = client.ask('hi\r\n.').then((reply) => {
    answered = true;
    return reply;
  });
  await asked;
  await stage.greeted();
  assert.equal(answered, false);
  store();
  assert.match(await answer, /^250 2\.0\.0 ok, stored as 7$/);
  client.end();
});

test('a slow store slows the client down, and memory stays flat', async () => {
  let release: () => void = () => {};
  let held = 0;
  const draft: Draft = {
    write: (chunk) => {
      held += chunk.length;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    },
    commit: async () => ({ id: '1', size: held, results: [] }),
    abort: async () => {},
  };
  await using stage = await Stage.open({ delivery: () => ({ open: () => draft }) });
  const client = await stage.greeted();
  await client.askAll('MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>', 'DATA');
  for (let sent = 0; sent < 20; sent++) client.send(Buffer.alloc(1024 * 1024, 'x'));
  await stage.greeted();
  await stage.greeted();
  assert.ok(held <= 128 * 1024, `${held} octets were taken while the store was busy`);
  const releasing = setInterval(() => release(), 0);
  assert.match(await client.ask('\r\n.'), /^250 /);
  clearInterval(releasing);
  assert.equal(held, 20 * 1024 * 1024 + 2);
  client.end();
});

test('overloaded: MAIL is 451 4.3.2, one error is one too many, and all is well after it', async () => {
  let overloaded = true;
  await using stage = await Stage.open({ overloaded: () => overloaded });
  const client = await stage.greeted();
  assert.deepEqual(codes(await client.askAll('MAIL FROM:<a@x.test>', 'RSET', 'MAIL FROM:<a@x.test>')), [
    '451 4.3.2',
    '250 2.0.0',
    '451 4.3.2',
  ]);
  const erring = await stage.greeted();
  erring.send('FOO\r\n');
  assert.deepEqual(codes(await erring.goodbye()), ['421 4.7.0']);
  overloaded = false;
  assert.match(await client.ask('MAIL FROM:<a@x.test>'), /^250 /);
  for (const one of [client, erring]) one.end();
});

test('overloaded: a message that has begun is taken', async () => {
  let overloaded = false;
  await using stage = await Stage.open({ overloaded: () => overloaded });
  const client = await stage.greeted();
  await client.ask('MAIL FROM:<a@x.test>');
  overloaded = true;
  const replies = await client.askAll('RCPT TO:<b@y.test>', 'DATA', 'hi\r\n.');
  assert.deepEqual(codes(replies), ['250 2.1.5', '354', '250 2.0.0']);
  client.end();
});
