import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { servedWithTls } from '../../net/secured-end.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';
import { Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };

/** A server with STLS on a real socket; both ends of one connection. */
async function withTls(stage: Stage): Promise<{ socket: Socket; done: Promise<void> }> {
  const socket = await servedWithTls(async (near, secure) => void (await stage.serve(near, secure)));
  return { socket, done: stage.served.at(-1)!.catch(() => {}) };
}

test('PO-01 a login in clear text off loopback is refused before the password', LIMIT, async () => {
  const stage = await Stage.open({ tls: 'offered', peer: '192.0.2.1' });
  const peer = await stage.peer();
  await peer.line();
  assert.equal(await peer.ask('USER ann'), '-ERR [SYS/PERM] TLS first: STLS');
  assert.equal(await peer.ask('PASS secret'), '-ERR USER first');
  assert.equal(await peer.ask('AUTH PLAIN'), '-ERR [SYS/PERM] TLS first: STLS');
  await peer.ask('CAPA');
  const offered = await peer.lines();
  assert.ok(offered.includes('STLS'));
  assert.ok(!offered.some((line) => /^(USER|SASL)/.test(line)));
  peer.end();
  await peer.rest();
});

test('PO-02 what is pipelined behind STLS is never answered inside TLS', LIMIT, async () => {
  const stage = await Stage.open({ tls: 'offered' });
  const { socket, done } = await withTls(stage);
  const clear = new RawPeer(socket);
  await clear.line();
  clear.send('USER ann\r\n');
  assert.match(await clear.line(), /^\+OK/);
  clear.send('STLS\r\nCAPA\r\n');
  assert.equal(await clear.line(), '+OK begin TLS');
  socket.removeAllListeners('data');
  const secured = tlsConnect({ socket, rejectUnauthorized: false });
  await once(secured, 'secureConnect');
  const peer = new RawPeer(secured);
  assert.equal(await peer.ask('XYZZY'), '-ERR unknown command');
  // Nothing learned in clear text counts any more (RFC 2595 section 4).
  assert.equal(await peer.ask('PASS secret'), '-ERR USER first');
  await peer.ask('CAPA');
  assert.ok(!(await peer.lines()).includes('STLS'));
  assert.equal(await peer.ask('STLS'), '-ERR TLS has begun already');
  assert.equal(await peer.ask('QUIT'), '+OK bye');
  peer.end();
  await done;
});

for (const length of [256, 4096, 1024 * 1024]) {
  for (const end of ['\r\n', '']) {
    test(
      `PO-03 a command of ${length} octets ${end ? 'is' : 'that never ends is'} refused, and that is all`,
      LIMIT,
      async () => {
        const stage = await Stage.open();
        const peer = await stage.peer();
        await peer.line();
        peer.send(`USER ${'x'.repeat(length - 5 - end.length)}${end}`);
        assert.equal(await peer.line(), '-ERR command longer than 255 octets, bye');
        assert.equal((await peer.rest()).length, 0);
        await stage.served[0];
      },
    );
  }
}

test('PO-03 a command of 255 octets is taken', LIMIT, async () => {
  const peer = await (await Stage.open()).peer();
  await peer.line();
  assert.match(await peer.ask(`USER ${'x'.repeat(248)}`), /^\+OK/);
  peer.end();
  await peer.rest();
});

test('PO-04 numbers that are none are refused', LIMIT, async () => {
  const stage = await Stage.open();
  for (const text of ['one\r\n', 'two\r\n']) await stage.deliver('ann@x.test', text);
  const peer = await stage.login();
  const commands = ['RETR', 'RETR 0', 'RETR -1', 'RETR 1e3', 'RETR 99999999999999999999', 'RETR 3', 'RETR 1 1'];
  commands.push(
    'RETR 01',
    'RETR 0x1',
    'RETR 1.0',
    'RETR ١',
    'TOP 1 -1',
    'TOP 1',
    'TOP 0 1',
    'LIST 1 2',
    'UIDL 0',
    'DELE 0',
  );
  for (const command of commands) assert.match(await peer.ask(command), /^-ERR/, command);
  assert.equal(await peer.ask('STAT'), '+OK 2 10');
  peer.end();
  await peer.rest();
});

test('PO-05 without QUIT nothing is deleted', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', 'one\r\n');
  const cut = await stage.login();
  assert.match(await cut.ask('DELE 1'), /^\+OK/);
  cut.end();
  await stage.served[0];
  const again = await stage.login();
  assert.equal(await again.ask('STAT'), '+OK 1 5');
  assert.match(await again.ask('DELE 1'), /^\+OK/);
  assert.equal(await again.ask('QUIT'), '+OK bye, 0 messages left');
  const last = await stage.login();
  assert.equal(await last.ask('STAT'), '+OK 0 0');
  last.end();
  await last.rest();
});

test('PO-06 a second login to one mailbox is told so, and is let in once the first is gone', LIMIT, async () => {
  const stage = await Stage.open();
  const first = await stage.login();
  const second = await stage.peer();
  await second.line();
  await second.ask('USER ann@x.test');
  assert.match(await second.ask('PASS x'), /^-ERR \[IN-USE\]/);
  const other = await stage.login('bob@x.test');
  assert.equal(await other.ask('STAT'), '+OK 0 0');
  await first.ask('QUIT');
  await first.rest();
  await second.ask('USER ann@x.test');
  assert.match(await second.ask('PASS x'), /^\+OK/);
  for (const peer of [second, other]) peer.end();
});

for (const [name, mail] of [
  ['lines of dots', 'a: b\r\n\r\n.\r\n..\r\n.x\r\n...\r\n'],
  ['a dot first of all', '.\r\n'],
  ['no final CRLF', 'a: b\r\n\r\nx'],
  ['a dot and no final CRLF', 'a: b\r\n\r\n.'],
  ['a final CR', 'a: b\r\n\r\nx\r'],
  ['bare CR and LF', 'a: b\r\n\r\nx\n.\ny\r.\rz\r\n'],
  ['nothing', ''],
  ['all octets', Buffer.from(Array.from({ length: 256 }, (_, octet) => octet))],
] as const) {
  test(`PO-07 ${name}: as many octets as announced, then at most a CRLF, byte for byte`, LIMIT, async () => {
    const stage = await Stage.open({ options: { utf8: 'send' } });
    const bytes = Buffer.from(mail);
    await stage.deliver('ann@x.test', bytes);
    const peer = await stage.login();
    assert.equal(await peer.ask('LIST 1'), `+OK 1 ${bytes.length}`);
    assert.equal(await peer.ask('RETR 1'), `+OK ${bytes.length} octets`);
    peer.send('QUIT\r\n');
    const wire = (await peer.rest()).toString('latin1');
    const end = wire.length - '.\r\n+OK bye, 1 messages left\r\n'.length;
    assert.equal(wire.slice(end), '.\r\n+OK bye, 1 messages left\r\n');
    const body = `\r\n${wire.slice(0, end)}`.replaceAll('\r\n.', '\r\n').slice(2);
    assert.equal(body.slice(0, bytes.length), bytes.toString('latin1'));
    assert.equal(body.slice(bytes.length), /(^|\r\n)$/.test(bytes.toString('latin1')) ? '' : '\r\n');
  });
}

test('PO-08 APOP is not offered: no timestamp in the greeting, no capability, no command', LIMIT, async () => {
  const peer = await (await Stage.open()).peer();
  assert.doesNotMatch(await peer.line(), /<.*>/);
  await peer.ask('CAPA');
  assert.ok(!(await peer.lines()).some((line) => /APOP/i.test(line)));
  assert.equal(await peer.ask(`APOP ann ${'0'.repeat(32)}`), '-ERR unknown command');
  peer.end();
  await peer.rest();
});

test(
  'overloaded: a login is [SYS/TEMP] before its password is looked at, and all is well after it',
  LIMIT,
  async () => {
    let overloaded = true;
    const stage = await Stage.open({ overloaded: () => overloaded });
    const peer = await stage.peer();
    await peer.line();
    await peer.ask('USER ann');
    assert.equal(await peer.ask('PASS secret'), '-ERR [SYS/TEMP] too busy, try again later');
    assert.equal(await peer.ask('AUTH PLAIN AGFubgBzZWNyZXQ='), '-ERR [SYS/TEMP] too busy, try again later');
    overloaded = false;
    assert.match(await peer.ask('PASS secret'), /^\+OK /);
    peer.end();
    await peer.rest();
  },
);
