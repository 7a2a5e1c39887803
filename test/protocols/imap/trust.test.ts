import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { CsError } from '../../../src/kit/errors.ts';
import { defaults } from '../../../src/kit/option.ts';
import { options } from '../../../src/protocols/imap/options.ts';
import { servedWithTls } from '../../net/secured-end.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';
import { answer, anyLogin, ask, Stage } from './stage.ts';

const LIMIT = { timeout: 120_000 };
const MAIL = 'From: a@x.test\r\nSubject: one\r\n\r\nthe text\r\n';

/** A server with STARTTLS on a real socket; the client's end. */
function withTls(stage: Stage): Promise<Socket> {
  return servedWithTls(async (near, secure) => void (await stage.serve(near, secure)));
}

async function leave(peer: RawPeer): Promise<string> {
  peer.end();
  return (await peer.rest()).toString();
}

test('IM-01 a login in clear text off loopback is refused', LIMIT, async () => {
  const stage = await Stage.open({ tls: 'offered', peer: '192.0.2.1' });
  const peer = await stage.peer();
  assert.match(await peer.line(), /^\* OK \[CAPABILITY .* STARTTLS LOGINDISABLED\]/);
  assert.deepEqual(await ask(peer, 'LOGIN u p'), ['t NO [PRIVACYREQUIRED] TLS first: STARTTLS']);
  assert.deepEqual(await ask(peer, 'AUTHENTICATE PLAIN AHUAcA=='), ['t NO [PRIVACYREQUIRED] TLS first: STARTTLS']);
  await leave(peer);
});

test('IM-02 what is pipelined behind STARTTLS is never answered inside TLS', LIMIT, async () => {
  const stage = await Stage.open({ tls: 'offered' });
  const socket = await withTls(stage);
  const clear = new RawPeer(socket);
  await clear.line();
  clear.send('A STARTTLS\r\nB NOOP\r\n');
  assert.equal(await clear.line(), 'A OK begin TLS');
  socket.removeAllListeners('data');
  const secured = tlsConnect({ socket, rejectUnauthorized: false });
  await once(secured, 'secureConnect');
  const peer = new RawPeer(secured);
  assert.deepEqual(await ask(peer, 'NOOP'), ['t OK nothing done']);
  const [capability] = await ask(peer, 'CAPABILITY');
  assert.doesNotMatch(capability ?? '', /STARTTLS/);
  assert.deepEqual(await ask(peer, 'STARTTLS'), ['t BAD TLS has begun already']);
  secured.destroy();
});

test('IM-03 a literal of 2 GiB is refused before the go-ahead', LIMIT, async () => {
  const peer = await (await Stage.open()).peer();
  await peer.line();
  assert.deepEqual(await ask(peer, 'LOGIN {2147483647}'), ['t BAD [TOOBIG] the literal is too large']);
  assert.deepEqual(await ask(peer, 'LOGIN {99999999999999999999}'), ['t BAD [TOOBIG] the literal is too large']);
  assert.deepEqual(await ask(peer, 'NOOP'), ['t OK nothing done']);
  await leave(peer);
});

test('IM-04 a literal that does not wait and is too large ends the connection', LIMIT, async () => {
  const stage = await Stage.open();
  for (const size of [4097, 9_999_999]) {
    const peer = await stage.peer();
    await peer.line();
    peer.send(`A LOGIN {${size}+}\r\n`);
    assert.equal(await peer.line(), 'A BAD [TOOBIG] the literal is too large');
    assert.match(await peer.line(), /^\* BYE \[TOOBIG\]/);
    assert.equal((await peer.rest()).length, 0);
  }
});

test('IM-05 lines, parentheses and keys without end', LIMIT, async () => {
  const stage = await Stage.open();
  const long = await stage.peer();
  await long.line();
  long.send(Buffer.alloc(1 << 20, 'x'));
  assert.match((await long.rest()).toString(), /^\* BAD line longer than 65536 octets\r\n\* BYE .*\r\n$/);
  const peer = await stage.select();
  for (const nested of ['('.repeat(60_000), `${'('.repeat(51)}ALL${')'.repeat(51)}`, `${'NOT '.repeat(10_000)}ALL`]) {
    assert.deepEqual(await ask(peer, `SEARCH ${nested}`), ['t BAD nested deeper than 50']);
  }
  assert.match((await ask(peer, `SEARCH ${'{'.repeat(60_000)}`))[0] ?? '', /^t BAD/);
  assert.match((await ask(peer, `SEARCH ${'ALL '.repeat(5000)}ALL`))[0] ?? '', /^t NO \[LIMIT\]/);
  await leave(peer);
});

test('IM-06 what is no command is BAD, and ten of them are enough', LIMIT, async () => {
  const peer = await (await Stage.open()).peer();
  await peer.line();
  const wrong = ['a LOGIN "x\0" y', 'a LOGIN \xe9 y', 'NOOP', `${'t'.repeat(1024)} NOOP`, '', 'a', '+ NOOP', '* NOOP'];
  for (const line of wrong) {
    peer.send(Buffer.from(`${line}\r\n`, 'latin1'));
    assert.match(await peer.line(), /^(a|\*|NOOP) BAD /, JSON.stringify(line.slice(0, 20)));
  }
  peer.send('a NOOP\n');
  assert.equal(await peer.line(), 'a BAD a line ends with CRLF');
  peer.send('a NO\rOP\r\n');
  assert.equal(await peer.line(), 'a BAD a line ends with CRLF');
  assert.equal((await peer.rest()).toString(), '* BYE too many errors\r\n');
});

test('IM-07 names are no paths', LIMIT, async () => {
  const stage = await Stage.open();
  const peer = await stage.login();
  for (const name of [
    '"../../etc"',
    'a/../../b',
    '"a\\\\..\\\\b"',
    '&AC8-',
    '&AC4ALg-/x',
    '"%00"',
    'a//b',
    '/a',
    '"a%b"',
    'x'.repeat(10_240),
  ]) {
    const [line] = await ask(peer, `CREATE ${name}`);
    if (name === '"a\\\\..\\\\b"') assert.match(line!, /^t OK \[MAILBOXID \(.*\)\] made$/);
    else assert.match(line ?? '', /^t NO \[CANNOT\]/, name);
  }
  assert.match((await ask(peer, 'SELECT "../../etc"'))[0] ?? '', /^t NO \[NONEXISTENT\]/);
  await leave(peer);
});

test('IM-08 a set is what there is, however it is written', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', MAIL);
  const peer = await stage.select();
  assert.deepEqual(await ask(peer, 'FETCH 1:4294967295 BODY.PEEK[TEXT]<0.4294967295>'), [
    '* 1 FETCH (BODY[TEXT]<0> {10}',
    'the text',
    ')',
    't OK fetched',
  ]);
  const often = Array(10_000).fill('1:*').join(',');
  assert.deepEqual(await ask(peer, `FETCH ${often} UID`), ['* 1 FETCH (UID 1)', 't OK fetched']);
  await leave(peer);
});

test('IM-09 a search is for the text as it stands', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', `${MAIL}(a+)+$ ${'a'.repeat(1 << 20)}!\r\n`);
  const peer = await stage.select();
  assert.deepEqual(await ask(peer, 'SEARCH BODY "(a+)+$"'), ['* SEARCH 1', 't OK found']);
  assert.deepEqual(await ask(peer, 'SEARCH BODY "(b+)+$"'), ['* SEARCH', 't OK found']);
  peer.send(`t SEARCH BODY {102400+}\r\n${'a'.repeat(102_400)}\r\n`);
  assert.match(await peer.line(), /^t NO \[LIMIT\]/);
  await leave(peer);
});

test('IM-10 an APPEND is whole or it never was', LIMIT, async () => {
  const stage = await Stage.open({ options: { appendLimit: 1000 } });
  const said = Buffer.from(`t APPEND INBOX {${MAIL.length}+}\r\n${MAIL} () {${MAIL.length}+}\r\n${MAIL}\r\n`);
  for (let cut = 0; cut < said.length; cut++) {
    const peer = await stage.login();
    peer.send(said.subarray(0, cut));
    peer.end();
    await peer.rest();
  }
  const peer = await stage.login();
  assert.deepEqual(await ask(peer, 'STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 0)', 't OK that is all']);
  assert.deepEqual(await ask(peer, 'APPEND INBOX {1001}'), ['t NO [TOOBIG] a message has at most 1000 octets']);
  peer.send(`t APPEND INBOX {4+}\r\nfine {1001+}\r\n${'x'.repeat(1001)}\r\n`);
  assert.equal(await peer.line(), 't NO [TOOBIG] a message has at most 1000 octets');
  peer.send(said);
  assert.match(await peer.line(), /^t OK \[APPENDUID \d+ 1:2\]/);
  assert.deepEqual(await ask(peer, 'STATUS INBOX (MESSAGES)'), ['* STATUS INBOX (MESSAGES 2)', 't OK that is all']);
  await leave(peer);
});

test('IM-11 a user has a share of the connections', LIMIT, async () => {
  const stage = await Stage.open();
  const peer = await stage.peer((conn) => {
    Object.defineProperty(conn, 'user', {
      set: () => {
        throw new CsError('CS_BUSY', 'too many');
      },
    });
  });
  await peer.line();
  assert.deepEqual(await ask(peer, 'LOGIN ann secret'), ['t NO [LIMIT] too many connections of this user']);
  assert.deepEqual(await ask(peer, 'SELECT INBOX'), ['t BAD log in first']);
  await leave(peer);
});

test('IM-12 IDLE ends by DONE and by nothing else, and not before half an hour', LIMIT, async () => {
  assert.ok(defaults(options).idle >= 30 * 60_000);
  const stage = await Stage.open();
  const peer = await stage.select();
  peer.send('a IDLE\r\nDONE\r\nb NOOP\r\n');
  assert.equal(await peer.line(), '+ idling');
  assert.equal(await peer.line(), 'a OK idle no more');
  assert.equal(await peer.line(), 'b OK nothing done');
  peer.send('c IDLE\r\n');
  assert.equal(await peer.line(), '+ idling');
  peer.send('NOOP\r\n');
  assert.equal(await peer.line(), 'c BAD DONE ends IDLE, and nothing else');
  assert.match((await peer.rest()).toString(), /^\* BYE/);
  const other = await stage.select();
  other.send('d IDLE\r\n');
  await other.line();
  other.send(Buffer.alloc(1 << 20, 'x'));
  assert.match((await other.rest()).toString(), /^\* BAD line longer .*\r\n\* BYE/);
});

test('IM-13 a client that reads no answers is not read from', LIMIT, async () => {
  const stage = await Stage.open();
  for (let count = 0; count < 100; count++) await stage.deliver('ann@x.test', `Subject: ${'x'.repeat(1000)}\r\n\r\n`);
  const { near, far } = await stage.blocked();
  const peer = new RawPeer(far);
  far.pause();
  far.write('a LOGIN ann@x.test secret\r\nb SELECT INBOX\r\n');
  for (let count = 0; count < 10_000; count++) far.write(`c${count} FETCH 1:* BODY.PEEK[]\r\n`);
  await near.stuck;
  assert.ok(near.queued < 2 * 1024 * 1024, `${near.queued} octets wait`);
  assert.ok(near.taken < 200, `${near.taken} commands were answered`);
  far.destroy();
  await peer.rest();
});

for (const [what, count, octets, items] of [
  ['a whole mailbox', 100, 100_000, 1],
  ['one message a thousand times', 1, 12_000, 1000],
  ['many messages ten times each', 80, 12_000, 10],
] as const) {
  test(`IM-13 who fetches ${what} and reads nothing costs no more than a piece of it`, LIMIT, async () => {
    const stage = await Stage.open();
    const text = `Subject: long\r\n\r\n${'x'.repeat(octets)}`;
    for (let at = 0; at < count; at++) await stage.deliver('ann@x.test', text);
    const { near, far } = await stage.blocked();
    const peer = new RawPeer(far);
    far.pause();
    far.write('a LOGIN ann@x.test secret\r\nb SELECT INBOX\r\n');
    far.write(`c FETCH 1:* (${Array.from({ length: items }, () => 'BODY.PEEK[]').join(' ')})\r\n`);
    await near.stuck;
    assert.ok(near.queued > octets && near.queued < 2 * 1024 * 1024, `${near.queued} octets wait`);
    far.destroy();
    await peer.rest();
  });
}

test('IM-14 AUTHENTICATE: too much, cancelled, and another binding', LIMIT, async () => {
  const stage = await Stage.open({
    accounts: {
      ...anyLogin,
      scram: async () => ({
        salt: Buffer.from('salt'),
        iterations: 4096,
        storedKey: Buffer.alloc(32),
        serverKey: Buffer.alloc(32),
      }),
    },
  });
  const peer = await stage.peer();
  assert.match(await peer.line(), /AUTH=SCRAM-SHA-256/);
  assert.deepEqual(await ask(peer, `AUTHENTICATE PLAIN ${'A'.repeat(16_384)}`), ['t BAD not base64']);
  peer.send('a AUTHENTICATE PLAIN\r\n*\r\n');
  assert.equal(await peer.line(), '+ ');
  assert.equal(await peer.line(), 'a BAD cancelled');
  const first = Buffer.from('n,,n=ann,r=abcdefgh').toString('base64');
  peer.send(`b AUTHENTICATE SCRAM-SHA-256 ${first}\r\n`);
  const challenge = Buffer.from((await peer.line()).slice(2), 'base64').toString();
  const nonce = /^r=([^,]+)/.exec(challenge)?.[1];
  peer.send(`${Buffer.from(`c=eSws,r=${nonce},p=${Buffer.alloc(32).toString('base64')}`).toString('base64')}\r\n`);
  assert.match(await peer.line(), /^b NO /);
  const long = await stage.peer();
  await long.line();
  long.send(`a AUTHENTICATE PLAIN ${'A'.repeat(1 << 20)}\r\n`);
  assert.match((await long.rest()).toString(), /^\* BAD line longer/);
  await leave(peer);
});

test('IM-15 what cannot be is NO, and changes nothing', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', MAIL);
  const peer = await stage.select();
  await ask(peer, 'CREATE a');
  await ask(peer, 'CREATE a/b');
  const before = await ask(peer, 'LIST "" * RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))');
  assert.match((await ask(peer, 'DELETE INBOX'))[0] ?? '', /^t NO \[CANNOT\]/);
  assert.match((await ask(peer, 'RENAME a a/b/c'))[0] ?? '', /^t NO \[CANNOT\]/);
  assert.match((await ask(peer, 'RENAME a a'))[0] ?? '', /^t NO \[ALREADYEXISTS\]/);
  assert.match((await ask(peer, 'RENAME nothing x'))[0] ?? '', /^t NO \[NONEXISTENT\]/);
  assert.match((await ask(peer, 'RENAME a INBOX'))[0] ?? '', /^t NO \[ALREADYEXISTS\]/);
  assert.match((await ask(peer, 'MOVE 1 nowhere'))[0] ?? '', /^t NO \[TRYCREATE\]/);
  assert.deepEqual(await ask(peer, 'LIST "" * RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))'), before);
  // Onto itself: another copy, not a loop.
  assert.match((await ask(peer, 'COPY 1:* INBOX')).at(-1) ?? '', /^t OK \[COPYUID \d+ 1 2\]/);
  assert.match((await ask(peer, 'MOVE 1:* INBOX')).at(-1) ?? '', /^t OK moved/);
  assert.deepEqual(await ask(peer, 'UID SEARCH ALL'), ['* SEARCH 3 4', 't OK found']);
  await leave(peer);
});

test('a server without IDLE time left logs out, one that drains says so', LIMIT, async () => {
  const stage = await Stage.open();
  const peer = await stage.select();
  stage.drain.abort();
  assert.equal((await peer.rest()).toString(), '* BYE [UNAVAILABLE] shutting down\r\n');
  const late = await (await Stage.open({ commandTime: 50 })).peer();
  assert.match((await late.rest()).toString(), /^\* OK .*\r\n$|\* BYE/s);
});

test('an overloaded server takes no logins', LIMIT, async () => {
  const peer = await (await Stage.open({ overloaded: () => true })).peer();
  await peer.line();
  assert.deepEqual(await ask(peer, 'LOGIN a b'), ['t NO [UNAVAILABLE] too busy, try again later']);
  await leave(peer);
});

test('everything captured, for the login that stands for it', LIMIT, async () => {
  const stage = await Stage.open();
  await stage.deliver('ann@x.test', MAIL);
  await stage.deliver('bob@x.test', MAIL);
  const peer = await stage.peer();
  await peer.line();
  await ask(peer, 'LOGIN "*" x');
  assert.ok((await ask(peer, 'SELECT INBOX')).includes('* 2 EXISTS'));
  assert.match((await ask(peer, 'CREATE x'))[0] ?? '', /^t NO \[CANNOT\]/);
  peer.send(`t APPEND INBOX {3}\r\n`);
  assert.deepEqual(await answer(peer, 't'), ['t NO [CANNOT] append is not possible here']);
  await leave(peer);
});
