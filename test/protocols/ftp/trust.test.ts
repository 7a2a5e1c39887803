import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { OWN } from '../../net/own-address.ts';
import { RawPeer } from '../../transcripts/raw-peer.ts';
import { anyLogin, dataConnection, type FtpClient, Stage, waitingPort } from './stage.ts';

const LIMIT = { timeout: 120_000 };

test('FT-01 no bounce: another address, a port below 1024, our own port', LIMIT, async () => {
  await using stage = await Stage.open();
  const client = await stage.login();
  const port = (number: number) => `${number >> 8},${number & 255}`;
  for (const command of [
    `PORT 127,0,0,2,${port(5000)}`,
    `PORT 10,1,1,1,${port(5000)}`,
    `PORT 127,0,0,1,${port(1023)}`,
    `PORT 127,0,0,1,${port(0)}`,
    `PORT 127,0,0,1,${port(stage.door.port)}`,
    'EPRT |1|127.0.0.2|5000|',
    'EPRT |2|::1|5000|',
    `EPRT |1|127.0.0.1|${stage.door.port}|`,
  ]) {
    assert.equal(await client.code(command), 504, command);
    assert.equal(await client.code('LIST'), 425, command);
  }
  const waiting = await waitingPort();
  await stage.put('a', 'hello');
  assert.equal(await client.code(`PORT 127,0,0,1,${port(waiting.port)}`), 200);
  assert.equal(await client.code('RETR a'), 150);
  assert.equal((await new RawPeer(await waiting.came).rest()).toString(), 'hello');
  assert.match(await client.reply(), /^226/);
});

test('FT-02 whoever else knocks at a data port is closed, and the owner is served', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', 'hello');
  const client = await stage.login();
  const said = await client.ask('EPSV');
  const stranger = new RawPeer(await dataConnection(said, '127.0.0.1', '127.0.0.2'));
  assert.equal((await stranger.rest()).length, 0);
  const owner = new RawPeer(await dataConnection(said));
  assert.equal(await client.code('RETR a'), 150);
  assert.equal((await owner.rest()).toString(), 'hello');
  assert.match(await client.reply(), /^226/);
});

test(
  'FT-03 a thousand passive ports: nobody foretells the next, and each control connection has one',
  LIMIT,
  async () => {
    await using stage = await Stage.open({ host: OWN, ports: [20_000, 20_999] });
    const client = await stage.login();
    const bins = new Array<number>(10).fill(0);
    const ports: number[] = [];
    for (let count = 0; count < 1000; count++) {
      const port = Number(/\|\|\|(\d+)\|/.exec(await client.ask('EPSV'))?.[1]);
      assert.ok(port >= 20_000 && port <= 20_999);
      bins[Math.floor((port - 20_000) / 100)]! += 1;
      ports.push(port);
    }
    // Chi-square with nine degrees of freedom: 60 is passed once in a thousand million runs.
    const chi = bins.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    assert.ok(chi < 60, `chi-square ${chi}`);
    const follows = ports.filter((port, at) => at > 0 && port === ports[at - 1]! + 1).length;
    assert.ok(follows < 20, `${follows} ports follow the one before`);
    await assert.rejects(dataConnection(`(|||${ports.at(-2)}|)`, OWN), /ECONNREFUSED/);
    (await dataConnection(`(|||${ports.at(-1)}|)`, OWN)).destroy();
  },
);

test('FT-03 a port that nobody comes to is given up, and its transfer is told', LIMIT, async () => {
  await using stage = await Stage.open({ wait: 50 });
  await stage.put('a', 'hello');
  const client = await stage.login();
  const said = await client.ask('EPSV');
  assert.equal(await client.code('RETR a'), 150);
  assert.match(await client.reply(), /^425/);
  await assert.rejects(dataConnection(said), /ECONNREFUSED/);
  assert.deepEqual((await client.get('RETR a')).content, 'hello');
});

test('FT-06 the delay behind a wrong password is the accounts’, the third is the last', LIMIT, async () => {
  const asked: { user: string; address: string; mechanism: string | undefined }[] = [];
  const accounts = {
    ...anyLogin,
    verify: async (user: string, _: unknown, from: { address: string; mechanism?: string }) => {
      asked.push({ user, address: from.address, mechanism: from.mechanism });
      return undefined;
    },
  };
  await using stage = await Stage.open({ accounts: accounts as typeof anyLogin });
  const client = await stage.client();
  for (const code of [530, 530, 421]) {
    await client.ask('USER ann');
    assert.equal(await client.code('PASS secret'), code);
  }
  assert.equal((await client.rest()).length, 0);
  assert.deepEqual(asked, new Array(3).fill({ user: 'ann', address: '127.0.0.1', mechanism: 'USER' }));
});

for (const length of [8191, 65_536, 1024 * 1024]) {
  for (const end of ['\r\n', '']) {
    test(
      `FT-07 a command of ${length} octets ${end ? 'is' : 'that never ends is'} refused, and that is all`,
      LIMIT,
      async () => {
        await using stage = await Stage.open();
        const client = await stage.client();
        client.stream.on('error', () => {});
        client.send(`USER ${'x'.repeat(length - 5)}${end}${end ? '' : 'yyy'}`);
        assert.equal(await client.line(), '500 the command is too long, bye');
        assert.equal((await client.rest()).length, 0);
      },
    );
  }
}

test('FT-08 patterns are names like any other, and nothing is listed that was not asked for', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('d/e/f', 'x');
  const client = await stage.login();
  for (const pattern of [`{${'{*,*},'.repeat(500)}*}`, '*'.repeat(200), '[a-z]', '?']) {
    assert.match((await client.get(`LIST ${pattern}`)).reply, /^550/);
    assert.match((await client.get(`NLST ${pattern}`)).reply, /^550/);
    assert.match(await client.ask(`STAT ${pattern}`), /^550/);
  }
  const { content, reply } = await client.get('LIST -R /');
  assert.match(reply, /^226/);
  assert.equal(content.trim().split('\r\n').length, 1);
});

/** A tree whose file goes on until the test has seen enough. */
const LARGE = Buffer.alloc(24 * 1024 * 1024, 'x');

test('FT-09 ABOR in a transfer: 426, then 226; the session goes on', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('large', LARGE);
  const client = await stage.login();
  const data = await client.passive();
  assert.equal(await client.code('RETR large'), 150);
  await once(data, 'readable');
  client.send(Buffer.from('\xff\xf4\xff\xf2ABOR\r\n', 'latin1'));
  assert.match(await client.reply(), /^426/);
  assert.match(await client.reply(), /^226/);
  data.destroy();
  await stage.put('a', 'hello');
  assert.deepEqual(await client.get('RETR a'), { content: 'hello', reply: '226 done' });
});

test('FT-09 ABOR at each stage of an upload: nothing is under the name', LIMIT, async () => {
  await using stage = await Stage.open();
  const client = await stage.login();
  assert.match(await client.ask('ABOR'), /^226/);
  await client.ask('EPSV');
  assert.match(await client.ask('ABOR'), /^226/);
  client.send('EPSV\r\n');
  const said = await client.reply();
  client.send('STOR a\r\nABOR\r\n');
  assert.deepEqual(
    [await client.reply(), await client.reply(), await client.reply()].map((one) => one.slice(0, 3)),
    ['150', '426', '226'],
  );
  await assert.rejects(async () => once(await dataConnection(said), 'close'));
  const data = await client.passive();
  assert.equal(await client.code('STOR a'), 150);
  data.write('half');
  client.send('NOOP\r\nABOR\r\n');
  assert.match(await client.reply(), /^426/);
  assert.match(await client.reply(), /^200/);
  assert.match(await client.reply(), /^226/);
  assert.equal(await stage.content('a'), undefined);
  assert.equal(await client.put('STOR a', 'whole'), '226 stored');
  assert.equal(await stage.content('a'), 'whole');
});

test(
  'FT-09 STAT in a transfer is answered at once; a second RETR has no data connection; QUIT lets it finish',
  LIMIT,
  async () => {
    await using stage = await Stage.open();
    const client = await stage.login();
    const data = await client.passive();
    assert.equal(await client.code('STOR a'), 150);
    data.write('hel');
    assert.match(await client.ask('STAT'), /STOR \/a: \d octets so far/);
    client.send('RETR a\r\nQUIT\r\n');
    data.end('lo');
    assert.deepEqual(
      [await client.reply(), await client.reply(), await client.reply()],
      ['226 stored', '425 PASV, EPSV, PORT or EPRT first', '221 bye'],
    );
    assert.equal((await client.rest()).length, 0);
    assert.equal(await stage.content('a'), 'hello');
  },
);

for (const cut of [0, 1, 4096, 65_536, 200_000]) {
  for (const how of ['data reset', 'both ended'] as const) {
    test(`FT-10 an upload cut at ${cut} octets (${how}) is never under its name`, LIMIT, async () => {
      await using stage = await Stage.open();
      await stage.put('kept', 'the old one');
      const client = await stage.login();
      for (const name of ['kept', 'new']) {
        const data = await client.passive();
        assert.equal(await client.code(`STOR ${name}`), 150);
        if (cut > 0) data.write(Buffer.alloc(cut, 'y'));
        await arrived(client, cut);
        if (how === 'both ended') {
          // As when the client is killed: the system ends both, the older one first.
          client.end();
          data.end();
          await client.rest();
          break;
        }
        data.resetAndDestroy();
        assert.match(await client.reply(), /^426/);
      }
      assert.equal(await stage.content('new'), undefined);
      assert.equal(await stage.content('kept'), 'the old one');
    });
  }
}

/** Until the server has taken so much of the upload. */
async function arrived(client: FtpClient, octets: number): Promise<void> {
  for (;;) {
    const said = await client.ask('STAT');
    assert.match(said, /^211/);
    const [, count = ''] = /(\d+) octets so far/.exec(said) ?? [];
    if (Number(count) >= octets) return;
  }
}

test('FT-11 restart markers that are none, and those beyond the end', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', '12345');
  const client = await stage.login();
  for (const marker of ['9223372036854775808', '-1', '1e3', '0x5', '', '5 5']) {
    assert.equal(await client.code(`REST ${marker}`), 501, marker);
  }
  for (const command of ['STOR a', 'RETR a', 'STOR none']) {
    await client.ask('REST 6');
    const { reply } = command.startsWith('RETR')
      ? await client.get(command)
      : { reply: await client.put(command, 'x') };
    assert.match(reply, /^554/, command);
  }
  assert.equal(await stage.content('a'), '12345');
  // Whatever becomes of it, a marker is for one transfer.
  assert.equal((await client.get('RETR a')).content, '12345');
});

test('FT-12 what one login began to rename another does not finish', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('a', 'x');
  const client = await stage.login();
  assert.equal(await client.code('RNFR a'), 350);
  await client.ask('USER bob');
  await client.ask('PASS x');
  assert.equal(await client.code('RNTO b'), 503);
  assert.equal(await client.code('RNFR a'), 350);
  await client.ask('REIN');
  assert.equal(await client.code('RNTO b'), 530);
  assert.equal(await stage.content('a'), 'x');
});

test('FT-13 names: no line breaks, and the others as they are', LIMIT, async () => {
  await using stage = await Stage.open();
  const client = await stage.login();
  const names = ['-rf', ' leading', 'two  spaces', 'qu"ote', 'a;b=c', '*', '%0d%0a', 'naïve', '日本', '😀', '~'];
  for (const name of names) assert.equal(await client.put(`STOR ${name}`, 'x'), '226 stored', name);
  for (const name of ['a\tb', 'a\x1bb', 'a\x7fb', 'a\u0085b', 'CON', 'dot.', 'space ', 'a\\b', 'x'.repeat(256)]) {
    assert.match(await client.put(`STOR ${name}`, 'x'), /^(501|553)/, JSON.stringify(name));
  }
  const utf8 = async (command: string) => Buffer.from((await client.get(command)).content, 'latin1').toString();
  const machine = (await utf8('MLSD'))
    .trimEnd()
    .split('\r\n')
    .map((line) => line.slice(line.indexOf('; ') + 2));
  assert.deepEqual(machine.sort(), ['.', ...names].sort());
  assert.deepEqual((await utf8('NLST')).trimEnd().split('\r\n').sort(), [...names].sort());
  assert.equal((await utf8('LIST')).trimEnd().split('\r\n').length, names.length);
});

test('the data connection of a client that has gone is gone too', LIMIT, async () => {
  await using stage = await Stage.open();
  await stage.put('large', LARGE);
  const client = await stage.login();
  const data = await client.passive();
  assert.equal(await client.code('RETR large'), 150);
  (client.stream as Socket).resetAndDestroy();
  const got = await new RawPeer(data).rest();
  assert.ok(got.length < LARGE.length);
  data.destroy();
});
