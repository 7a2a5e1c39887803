import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MailHouse, MailStore } from '../../../src/contracts/mail.ts';
import { CsError } from '../../../src/kit/errors.ts';
import { openMessage, top } from '../../../src/protocols/pop3/message-body.ts';
import { whole } from '../../conformance/harness.ts';
import { listening } from './listening.ts';
import { Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };
const pause = () => delay(50);

test('a draining server says goodbye to a silent client at once, and removes nothing', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', 'one\r\n');
  const peer = await stage.login();
  assert.match(await peer.ask('DELE 1'), /^\+OK/);
  stage.drain.abort();
  assert.equal((await peer.rest()).toString(), '-ERR [SYS/TEMP] shutting down\r\n');
  await stage.served[0];
  assert.equal((await (await stage.store.mail.of('ann@x.test')).list('INBOX')).length, 1);
});

test('a draining server ends the command at hand first', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', `a: b\r\n\r\n${'x'.repeat(200_000)}\r\n`);
  const peer = await stage.login();
  peer.send('RETR 1\r\nSTAT\r\n');
  assert.match(await peer.line(), /^\+OK/);
  stage.drain.abort();
  const rest = (await peer.rest()).toString();
  assert.match(rest, /x\r\n\.\r\n/);
  assert.match(rest, /-ERR \[SYS\/TEMP\] shutting down\r\n$/);
});

test('a client that comes while it drains is told so', LIMIT, async () => {
  const stage = await Stage.open();
  stage.drain.abort();
  const peer = await stage.peer();
  assert.match((await peer.rest()).toString(), /^\+OK.*\r\n-ERR \[SYS\/TEMP\] shutting down\r\n$/);
});

test(
  'a logged-in client may be silent as long as the option says, one that never logs in as long as a command may take',
  LIMIT,
  async () => {
    const stage = await Stage.open({ options: { idle: 40 }, commandTime: 60_000 });
    const silent = await stage.login();
    await silent.rest();
    const slow = await Stage.open({ commandTime: 40 });
    const stranger = await slow.peer();
    await stranger.rest();
    const dripping = await slow.peer();
    await dripping.line();
    // An octet now and then is not a command: the clock runs from the first one.
    const drip = setInterval(() => dripping.send('N'), 10);
    await dripping.rest();
    clearInterval(drip);
  },
);

test('where TLS is required nobody logs in without, not even on this machine', LIMIT, async () => {
  const peer = await (await Stage.open({ tls: 'required' })).peer();
  await peer.line();
  assert.match(await peer.ask('USER ann'), /^-ERR \[SYS\/PERM\]/);
  peer.end();
  await peer.rest();
});

/** A house whose one message fails in a way of the test's choosing. */
function failing(read: MailStore['read'], remove: MailStore['remove'] = async () => 0): MailHouse {
  const entry = { uid: 1, id: '1', size: 10, receivedAt: '', flags: [], modseq: 1 };
  const headers = { from: '', to: [], subject: '', messageId: '', date: '' };
  const mail: MailStore = {
    mailboxes: async () => [],
    list: async () => [{ ...entry, headers, envelope: { from: '', to: [] } }],
    read,
    remove,
  };
  return { of: async () => mail, lock: () => ({ [Symbol.dispose]() {} }), clear: async () => 0 };
}

test('a message that is gone is an answer; one that breaks off ends the conversation', LIMIT, async () => {
  const gone = await Stage.open({
    mail: failing(() => {
      throw new CsError('CS_NOT_FOUND', 'no such message');
    }),
  });
  const first = await gone.login();
  assert.equal(await first.ask('RETR 1'), '-ERR the message is gone');
  assert.equal(await first.ask('STAT'), '+OK 1 10');
  first.end();
  const breaking = await Stage.open({
    mail: failing(async function* () {
      yield Buffer.from('a: b\r\n\r\n');
      throw new CsError('CS_LOCAL_IO', 'the disk is gone');
    }),
  });
  const second = await breaking.login();
  assert.match(await second.ask('RETR 1'), /^\+OK/);
  // No dot: the client must not take it for the whole message.
  assert.equal((await second.rest()).toString(), 'a: b\r\n\r\n');
});

test('QUIT that cannot remove says so and nothing else', LIMIT, async () => {
  const stage = await Stage.open({
    mail: failing(
      async function* () {},
      async () => {
        throw new CsError('CS_DISK_FULL', 'no space');
      },
    ),
  });
  const peer = await stage.login();
  await peer.ask('DELE 1');
  assert.equal(await peer.ask('QUIT'), '-ERR [SYS/TEMP] try again later');
  assert.equal((await peer.rest()).length, 0);
});

test('a reader that does not read holds the store back: memory stays flat', LIMIT, async () => {
  let given = 0;
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const stage = await Stage.open({
    mail: failing(async function* () {
      yield Buffer.from('a: b\r\n\r\n');
      for (; given < 1000; given++) yield chunk;
    }),
  });
  const server = await listening(stage);
  const client = connect(server.port, '127.0.0.1');
  client.pause();
  client.write('USER ann\r\nPASS x\r\nRETR 1\r\n');
  for (let before = -1; given === 0 || before !== given; await pause()) before = given;
  assert.ok(given < 500, `${given} chunks were taken`);
  let octets = 0;
  client.on('data', (piece: Buffer) => {
    octets += piece.length;
    if (octets > 1000 * chunk.length && !client.writableEnded) client.end('QUIT\r\n');
  });
  client.resume();
  await stage.served[0];
  assert.equal(given, 1000);
  server.close();
});

test('TOP finds its end over any split, with CRLF and LF', async () => {
  for (const eol of ['\r\n', '\n']) {
    const text = ['a: b', 'c: d', '', 'one', '', 'three', 'four'].join(eol);
    for (let lines = 0; lines < 6; lines++) {
      const kept = ['a: b', 'c: d', '', 'one', '', 'three', 'four'].slice(0, 3 + lines);
      const wanted = kept.join(eol) + (kept.length < 7 ? eol : '');
      for (let cut = 0; cut <= text.length; cut++) {
        async function* pieces(): AsyncGenerator<Uint8Array> {
          yield Buffer.from(text.slice(0, cut));
          yield Buffer.from(text.slice(cut));
        }
        const { chunks } = await openMessage(pieces());
        assert.equal((await whole(top(chunks, lines))).toString(), wanted, `${lines} lines, cut at ${cut}`);
      }
    }
  }
});
