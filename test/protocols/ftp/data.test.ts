import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { Accounts } from '../../../src/contracts/accounts.ts';
import type { FileTree } from '../../../src/contracts/files.ts';
import { CsError, type ErrorCode } from '../../../src/kit/errors.ts';
import { parsePorts, parsePublicAddresses } from '../../../src/net/beside-options.ts';
import type { FileWrap } from '../../../src/stores/wrap/files/house.ts';
import { over } from '../../../src/stores/wrap/files/over.ts';
import { OWN } from '../../net/own-address.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';
import { anyLogin, Stage, waitingPort } from './stage.ts';

const LIMIT = { timeout: 120_000 };

test('the range of ports is all there is: with one taken, the next waits for its turn', LIMIT, async () => {
  // A number that nobody gets by chance, on an address that nobody else has.
  await using stage = await Stage.open({ host: OWN, ports: [27_317, 27_317] });
  const [one, two] = [await stage.login(), await stage.login()];
  assert.match(await one.ask('EPSV'), /\(\|\|\|27317\|\)/);
  assert.equal(await two.code('EPSV'), 425);
  assert.equal(await two.code('LIST'), 425);
  assert.match(await one.ask('EPSV'), /^229/);
  one.end();
  await one.rest();
  assert.match(await two.ask('EPSV'), /^229/);
});

test('PASV names the public address, EPSV none', LIMIT, async () => {
  await using stage = await Stage.open({ publicAddress: '203.0.113.7' });
  const client = await stage.login();
  assert.match(await client.ask('PASV'), /\(203,0,113,7,\d+,\d+\)/);
  assert.match(await client.ask('EPSV'), /\(\|\|\|\d+\|\)/);
});

test('IPv6: EPSV and EPRT serve, PASV and PORT have no words for it', LIMIT, async () => {
  await using stage = await Stage.open({ host: '::1' });
  await stage.put('a', 'hello');
  const client = await stage.login();
  assert.equal(await client.code('PASV'), 425);
  assert.equal(await client.code('PORT 127,0,0,1,195,80'), 504);
  assert.equal((await client.get('RETR a')).content, 'hello');
  const waiting = await waitingPort('::1');
  assert.equal(await client.code(`EPRT |2|::1|${waiting.port}|`), 200);
  assert.equal(await client.code('RETR a'), 150);
  assert.equal((await new RawPeer(await waiting.came).rest()).toString(), 'hello');
  assert.match(await client.reply(), /^226/);
});

test('an active data connection that nobody takes is 425', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', 'hello');
  const client = await stage.login();
  const waiting = await waitingPort();
  const port = `${waiting.port >> 8},${waiting.port & 255}`;
  assert.equal(await client.code(`PORT 127,0,0,1,${port}`), 200);
  assert.equal(await client.code('RETR a'), 150);
  await client.reply();
  (await waiting.came).destroy();
  // Nobody listens there any more.
  assert.equal(await client.code(`PORT 127,0,0,1,${port}`), 200);
  assert.equal(await client.code('RETR a'), 150);
  assert.match(await client.reply(), /^425/);
});

test('overloaded: no transfer begins, everything else goes on, and it passes', LIMIT, async () => {
  let overloaded = false;
  await using stage = await Stage.open({ overloaded: () => overloaded });
  await stage.put('a', 'hello');
  const client = await stage.login();
  overloaded = true;
  assert.match((await client.get('RETR a')).reply, /^450/);
  assert.match(await client.put('STOR b', 'x'), /^450/);
  assert.equal(await client.ask('SIZE a'), '213 5');
  overloaded = false;
  assert.equal((await client.get('RETR a')).content, 'hello');
});

test('what waited behind a transfer and a REIN is said by nobody who is logged in', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', 'hello');
  const client = await stage.login();
  client.send('RETR a\r\nREIN\r\nSIZE a\r\nRETR a\r\nPWD\r\n');
  const codes: string[] = [];
  for (let left = 5; left > 0; left--) codes.push((await client.reply()).slice(0, 3));
  assert.deepEqual(codes, ['425', '220', '530', '530', '530']);
  assert.deepEqual(
    stage.logged.filter(({ event }) => event === 'ftp.failed'),
    [],
  );
});

test('what is said while a login behind a transfer is judged is answered as its turn finds it', LIMIT, async () => {
  let judge = (): void => {};
  const judged = new Promise<void>((resolve) => (judge = resolve));
  let logins = 0;
  const verify: Accounts['verify'] = async (...asked) => {
    if (logins++ > 0) await judged;
    return anyLogin.verify(...asked);
  };
  await using stage = await Stage.open({ accounts: { ...anyLogin, verify } });
  await stage.put('a', 'hello');
  const client = await stage.login();
  client.send('RETR a\r\nUSER bob\r\nPASS x\r\n');
  assert.match(await client.reply(), /^425/);
  assert.match(await client.reply(), /^331/);
  client.send('PWD\r\nCWD\r\nSTAT\r\n');
  // STAT is answered at once: what was said before it has been read by now.
  assert.match(await client.reply(), /^211/);
  judge();
  assert.match(await client.reply(), /^230/);
  assert.match(await client.reply(), /^257 "\/"/);
  assert.match(await client.reply(), /^501/);
});

test('a login is judged in its turn, in one segment and octet by octet', LIMIT, async () => {
  await using stage = await Stage.open();
  const text = 'PWD\r\nUSER ann\r\nPWD\r\nPASS x\r\nPWD\r\nUSER ann\r\nPASS wrong\r\nPWD\r\nQUIT\r\n';
  for (const pieces of [[text], text.split('')]) {
    const client = await stage.client();
    client.stream.on('error', () => {});
    for (const piece of pieces) client.send(piece);
    const codes = (await client.rest()).toString().match(/^\d{3}(?= )/gm);
    assert.deepEqual(codes, ['530', '331', '530', '230', '257', '331', '530', '530', '221']);
    client.end();
  }
});

test('a silent client is sent away', LIMIT, async () => {
  await using stage = await Stage.open({ options: { idle: 50 } });
  const client = await stage.client();
  await client.ask('USER ann');
  assert.equal(await client.code('PASS x'), 230);
  assert.match(await client.reply(), /^421/);
  assert.equal((await client.rest()).length, 0);
});

test('a client that is slow with its command is sent away', LIMIT, async () => {
  await using stage = await Stage.open({ limits: { commandTime: 50 } });
  const client = await stage.client();
  client.send('NOO');
  assert.match(await client.reply(), /^421/);
});

test('the control connection may be silent while data flow', LIMIT, async () => {
  await using stage = await Stage.open({ options: { idle: 1000 } });
  const client = await stage.login();
  const data = await client.passive();
  assert.equal(await client.code('STOR a'), 150);
  const until = performance.now() + 1200;
  while (performance.now() < until) {
    data.write('x');
    await new Promise(setImmediate);
  }
  data.end();
  assert.match(await client.reply(), /^226/);
  assert.match((await stage.content('a')) ?? '', /^x+$/);
});

test('a draining door lets a transfer finish, says goodbye, and takes nobody else in', LIMIT, async () => {
  await using stage = await Stage.open();
  const [busy, idle] = [await stage.login(), await stage.login()];
  const data = await busy.passive();
  assert.equal(await busy.code('STOR a'), 150);
  const drained = stage.door.drain(10_000);
  assert.match(await idle.reply(), /^421/);
  idle.end();
  data.end('whole');
  assert.deepEqual([await busy.reply(), await busy.reply()], ['226 stored', '421 shutting down']);
  busy.end();
  assert.equal(await drained, 0);
  assert.equal(await stage.content('a'), 'whole');
});

/** A tree whose drafts fail at the second write, or at commit. */
function failing(code: ErrorCode, where: 'open' | 'write' | 'commit'): FileWrap {
  return (tree: FileTree) =>
    over(tree, {
      write: async (path, order, signal) => {
        if (where === 'open') throw new CsError(code, 'on purpose');
        const draft = await tree.write!(path, order, signal);
        return {
          get length() {
            return draft.length;
          },
          write: (chunk) => (where === 'write' ? Promise.reject(new CsError(code, 'on purpose')) : draft.write(chunk)),
          commit: async (attributes) => {
            if (where === 'commit') throw new CsError(code, 'on purpose');
            return draft.commit(attributes);
          },
          abort: (how) => draft.abort(how),
        };
      },
    });
}

for (const [code, number] of [
  ['CS_DISK_FULL', 452],
  ['CS_QUOTA', 552],
  ['CS_LIMIT', 552],
  ['CS_LOCAL_IO', 451],
  ['CS_DENIED', 550],
  ['CS_BUSY', 450],
] as const) {
  for (const where of ['open', 'write', 'commit'] as const) {
    test(`FT-10 ${code} at ${where}: ${number}, and nothing has changed`, LIMIT, async () => {
      await using stage = await Stage.open({ wraps: [failing(code, where)] });
      await stage.put('a', 'the old one');
      const client = await stage.login();
      assert.equal(Number((await client.put('STOR a', 'new')).slice(0, 3)), number);
      assert.equal(await stage.content('a'), 'the old one');
      assert.equal(await client.code('NOOP'), 200);
    });
  }
}

test('a reader that stops reading is dropped for being slow, and its session goes on', LIMIT, async () => {
  await using stage = await Stage.open({ limits: { minimumRate: 50_000_000 } });
  await stage.put('large', Buffer.alloc(24 * 1024 * 1024));
  const client = await stage.login();
  const data: Socket = await client.passive();
  assert.equal(await client.code('RETR large'), 150);
  assert.match(await client.reply(), /^426/);
  data.resume();
  await once(data, 'end');
  data.destroy();
  assert.equal(await client.code('NOOP'), 200);
});

test('options as people write them', () => {
  assert.deepEqual(parsePorts('50000-50099'), [50_000, 50_099]);
  for (const bad of ['', '50000', '80-90', '50099-50000', '50000-70000'])
    assert.throws(() => parsePorts(bad), CsError, bad);
  const of = parsePublicAddresses(['10.0.0.0/8=10.1.1.1', '203.0.113.7']);
  const peer = (address: string, loopback = false) =>
    ({ peer: { address, port: 1, loopback } }) as Parameters<typeof of>[0];
  assert.equal(of(peer('10.2.3.4')), '10.1.1.1');
  assert.equal(of(peer('192.0.2.1')), '203.0.113.7');
  assert.equal(of(peer('127.0.0.1', true)), undefined);
  for (const bad of ['nobody', '::1', 'x=203.0.113.7', '10.0.0.0/8=::1']) {
    assert.throws(() => parsePublicAddresses([bad]), CsError, bad);
  }
});
