import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { RawPeer } from '../../transcripts/raw-peer.ts';
import { dataConnection, FtpClient, Stage, type StageOptions, secured } from './stage.ts';

const LIMIT = { timeout: 120_000 };

interface Secured {
  readonly client: FtpClient;
  readonly tls: TLSSocket;
  /** A data connection by EPSV, before its handshake. */
  data(): Promise<Socket>;
  /** The newest session that the control connection was given. */
  readonly session: () => Buffer | undefined;
}

async function authTls(stage: Stage, how: ConnectionOptions = {}): Promise<Secured> {
  const clear = await stage.client();
  assert.match(await clear.ask('AUTH TLS'), /^234/);
  return begun(clear.stream as Socket, how);
}

async function begun(socket: Socket, how: ConnectionOptions): Promise<Secured> {
  let session: Buffer | undefined;
  const tls = await secured(socket, how);
  session = tls.getSession();
  tls.on('session', (newest) => {
    session = newest;
  });
  const client = new FtpClient(tls);
  return {
    client,
    tls,
    data: async () => dataConnection(await client.ask('EPSV')),
    session: () => session,
  };
}

async function login({ client }: Secured): Promise<void> {
  for (const [command, code] of [
    ['USER ann', 331],
    ['PASS x', 230],
    ['PBSZ 0', 200],
    ['PROT P', 200],
    ['TYPE I', 200],
  ] as const) {
    assert.equal(await client.code(command), code, command);
  }
}

test('FT-04 what is pipelined behind AUTH TLS is never answered inside TLS, and no login lives on', LIMIT, async () => {
  await using stage = await Stage.open({ tls: 'offered' });
  const clear = await stage.login();
  clear.send('AUTH TLS\r\nUSER x\r\nDELE a\r\n');
  assert.match(await clear.reply(), /^234/);
  const { client } = await begun(clear.stream as Socket, {});
  assert.equal(await client.ask('XYZZY'), '500 unknown command');
  assert.equal(await client.code('PASS x'), 503);
  assert.equal(await client.code('PWD'), 530);
  assert.equal(await client.code('AUTH TLS'), 503);
  assert.equal(await client.code('CCC'), 534);
  client.stream.destroy();
});

test('FT-05 USER before TLS that is required, PROT C where P is, data in the clear', LIMIT, async () => {
  await using stage = await Stage.open({ tls: 'required' });
  const clear = await stage.client();
  assert.equal(await clear.code('USER ann'), 530);
  assert.match(await clear.ask('AUTH TLS'), /^234/);
  const control = await begun(clear.stream as Socket, {});
  const { client } = control;
  await client.ask('USER ann');
  assert.equal(await client.code('PASS x'), 230);
  assert.equal(await client.code('PROT P'), 503);
  const data = await control.data();
  assert.equal(await client.code('LIST'), 521);
  data.destroy();
  assert.equal(await client.code('PBSZ 0'), 200);
  assert.equal(await client.code('PROT C'), 534);
  assert.equal(await client.code('PROT S'), 536);
  assert.equal(await client.code('PROT X'), 504);
  assert.equal(await client.code('PROT P'), 200);
  client.stream.destroy();
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version } as const;

  test(
    `FT-05 ${version}: strict, a data connection without the session of its control connection is refused`,
    LIMIT,
    async () => {
      await using stage = await Stage.open({ tls: 'offered', options: { dataTls: 'refuse' } });
      await stage.put('a', 'hello');
      const control = await authTls(stage, only);
      await login(control);
      const { client } = control;
      // The session of another client is as good as none.
      const other = await authTls(stage, only);
      await login(other);
      for (const session of [undefined, other.session()]) {
        const raw = await control.data();
        assert.equal(await client.code('RETR a'), 150);
        const data = await secured(raw, { ...only, ...(session ? { session } : {}) });
        assert.equal(data.isSessionReused(), false);
        assert.match(await client.reply(), /^522/);
        data.destroy();
      }
      for (let round = 0; round < 2; round++) {
        const raw = await control.data();
        assert.equal(await client.code('RETR a'), 150);
        const data = await secured(raw, { ...only, session: control.session()! });
        assert.equal(data.isSessionReused(), true);
        assert.equal((await new RawPeer(data).rest()).toString(), 'hello');
        data.end();
        assert.match(await client.reply(), /^226/);
      }
      for (const { client: one } of [control, other]) one.stream.destroy();
    },
  );

  test(`FT-05 ${version}: by default it is served, and said once in the log`, LIMIT, async () => {
    await using stage = await Stage.open({ tls: 'offered' });
    await stage.put('a', 'hello');
    const control = await authTls(stage, only);
    await login(control);
    const { client } = control;
    for (let round = 0; round < 2; round++) {
      const raw = await control.data();
      assert.equal(await client.code('RETR a'), 150);
      const data = await secured(raw, only);
      assert.equal((await new RawPeer(data).rest()).toString(), 'hello');
      data.end();
      assert.match(await client.reply(), /^226/);
    }
    assert.equal(stage.logged.filter(({ event }) => event === 'ftp.data.unproved').length, 1);
    client.stream.destroy();
  });

  test(`${version}: an upload ends with close_notify, or it has not happened`, LIMIT, async () => {
    await using stage = await Stage.open({ tls: 'offered' });
    const control = await authTls(stage, only);
    await login(control);
    const { client } = control;
    const raw = await control.data();
    assert.equal(await client.code('STOR a'), 150);
    const cut = await secured(raw, { ...only, session: control.session()! });
    await new Promise((written) => cut.write('half', written));
    raw.end();
    assert.match(await client.reply(), /^426/);
    cut.destroy();
    assert.equal(await stage.content('a'), undefined);
    const whole = await control.data();
    assert.equal(await client.code('STOR a'), 150);
    const data = await secured(whole, { ...only, session: control.session()! });
    data.end('whole');
    assert.match(await client.reply(), /^226/);
    assert.equal(await stage.content('a'), 'whole');
    client.stream.destroy();
  });
}

test(
  'TLS 1.3: a client that uploads has nothing to read before its end, so that closing is no reset',
  LIMIT,
  async () => {
    await using stage = await Stage.open({ tls: 'offered' });
    const control = await authTls(stage, { minVersion: 'TLSv1.3' });
    await login(control);
    const { client } = control;
    const raw = await control.data();
    assert.equal(await client.code('STOR a'), 150);
    const data = await secured(raw, { session: control.session()! });
    const before = raw.bytesRead;
    data.write('hello');
    // The server has all of it, so whatever it had to say after the handshake would be here.
    while (!/ [1-9]\d* octets so far/.test(await client.ask('STAT'))) assert.ok(!data.destroyed);
    assert.equal(raw.bytesRead, before);
    data.end();
    assert.match(await client.reply(), /^226/);
    await new RawPeer(data).rest();
    assert.ok(raw.bytesRead > before);
    assert.equal(await stage.content('a'), 'hello');
    client.stream.destroy();
  },
);

test('implicit TLS: from the first octet, data too, and never without', LIMIT, async () => {
  await using stage = await Stage.open({ tls: 'implicit' });
  await stage.put('a', 'hello');
  const control = await begun(await stage.socket(), {});
  const { client } = control;
  assert.match(await client.reply(), /^220/);
  assert.ok(!(await client.ask('FEAT')).includes('AUTH'));
  for (const command of ['USER ann', 'PASS x', 'TYPE I', 'PBSZ 0']) await client.ask(command);
  assert.equal(await client.code('PROT C'), 534);
  const raw = await control.data();
  assert.equal(await client.code('RETR a'), 150);
  const data = await secured(raw, { session: control.session()! });
  assert.equal((await new RawPeer(data).rest()).toString(), 'hello');
  data.end();
  assert.match(await client.reply(), /^226/);
  client.stream.destroy();
});

test('a handshake that fails on the data connection costs that transfer alone', LIMIT, async () => {
  await using stage = await Stage.open({ tls: 'offered' });
  const control = await authTls(stage);
  await login(control);
  const { client } = control;
  const raw = await control.data();
  assert.equal(await client.code('STOR a'), 150);
  raw.write('this is no ClientHello, and it is long enough to be seen as none');
  assert.match(await client.reply(), /^425/);
  raw.destroy();
  assert.equal(await client.code('NOOP'), 200);
  assert.equal(await stage.content('a'), undefined);
  client.stream.destroy();
});

test('what comes in place of a ClientHello ends the conversation', LIMIT, async () => {
  await using stage = await Stage.open({ tls: 'offered' } satisfies StageOptions);
  const clear = await stage.client();
  assert.match(await clear.ask('AUTH TLS'), /^234/);
  clear.send('NOOP and whatever else comes to mind, in the clear\r\n');
  clear.stream.resume();
  await once(clear.stream, 'end');
  clear.end();
});
