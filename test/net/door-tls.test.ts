import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Handler } from '../../src/contracts/protocol.ts';
import type { DoorConfig } from '../../src/net/door.ts';
import { certificate } from './certificate.ts';
import { all, dial, echo, LIMITS, type Opened, open } from './door-fixture.ts';
import { duplexPair } from './duplex-pair.ts';

const context = await certificate();
const implicit = { tls: { mode: 'implicit', context: () => context } } as const satisfies Partial<DoorConfig>;
const offered = { tls: { mode: 'offered', context: () => context } } as const satisfies Partial<DoorConfig>;

async function secure(socket: Socket, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const tls = connectTls({ socket, ca: context.cert, servername: 'localhost', ...more });
  await once(tls, 'secureConnect');
  return tls;
}

/** A tiny protocol: STARTTLS upgrades, anything else is answered with itself. */
const starttls: Handler = async (conn) => {
  conn.phase = 'C';
  for await (const chunk of conn) {
    if (!Buffer.from(chunk).toString().startsWith('STARTTLS')) {
      await conn.write(`${conn.secure ? 'sealed' : 'clear'} ${Buffer.from(chunk)}`);
      continue;
    }
    await conn.write('220 go\r\n');
    await conn.startTls();
  }
  conn.phase = 'Q';
};

test('implicit TLS: facts, phases and bytes are known', async () => {
  const seen: unknown[] = [];
  await using opened = await open(async (conn) => {
    seen.push(conn.secure, conn.trusted, conn.tls?.version, conn.tls?.servername, conn.phase);
    await echo(conn);
  }, implicit);
  const tls = await secure(await dial(opened.door));
  tls.end('hello');
  assert.equal(await all(tls), 'hello');
  assert.deepEqual(seen, [true, true, 'TLSv1.3', 'localhost', 'P']);
  const close = await opened.fact('connection.close');
  assert.deepEqual([close.code, close.secure], ['CQ', true]);
  assert.ok((close.bytes_in as number) > 100 && (close.bytes_out as number) > 100, 'octets on the wire are counted');
});

test('STARTTLS: one loop runs on across the handshake', async () => {
  await using opened = await open(starttls, offered);
  const socket = await dial(opened.door);
  socket.write('hi');
  assert.equal(String(await once(socket, 'data')), 'clear hi');
  socket.write('STARTTLS\r\n');
  assert.equal(String(await once(socket, 'data')), '220 go\r\n');
  const tls = await secure(socket);
  tls.write('hi');
  assert.equal(String(await once(tls, 'data')), 'sealed hi');
  tls.end();
  assert.equal((await opened.fact('connection.close')).code, 'CQ');
});

test('behind STARTTLS no session ticket meets the first command, and a client that shows one is served', async () => {
  await using near = await open(echo, implicit);
  await using opened = await open(starttls, offered);
  const upgraded = async (more: ConnectionOptions) => {
    const socket = await dial(opened.door);
    socket.write('STARTTLS\r\n');
    assert.equal(String(await once(socket, 'data')), '220 go\r\n');
    const tls = connectTls({ socket, ca: context.cert, servername: 'localhost', ...more });
    let tickets = 0;
    tls.on('session', () => {
      tickets += 1;
    });
    await once(tls, 'secureConnect');
    tls.write('hi');
    // Tickets that had been sent would have come before it.
    assert.equal(String(await once(tls, 'data')), 'sealed hi');
    const said = [tls.getProtocol(), tickets, tls.isSessionReused()];
    tls.destroy();
    return said;
  };
  assert.deepEqual(await upgraded({}), ['TLSv1.3', 0, false]);
  assert.deepEqual(await upgraded({ maxVersion: 'TLSv1.2' }), ['TLSv1.2', 0, false]);
  const greeted = connectTls({ socket: await dial(near.door), ca: context.cert, servername: 'localhost' });
  const [session] = (await once(greeted, 'session')) as [Buffer];
  greeted.destroy();
  assert.deepEqual(await upgraded({ session }), ['TLSv1.3', 0, false]);
});

test('SM-12 PO-02 what was pipelined behind STARTTLS is never seen inside TLS', async () => {
  await using opened = await open(async (conn) => {
    const reader = conn[Symbol.asyncIterator]();
    await reader.next();
    await conn.write('220 go\r\n');
    // The injected line has arrived by now and lies unread below us.
    while (conn.bytesIn < 'STARTTLS\r\nEHLO injected\r\n'.length) await new Promise(setImmediate);
    await conn.startTls();
    const next = await reader.next();
    await conn.write(`got ${Buffer.from(next.value ?? [])}`);
  }, offered);
  const socket = await dial(opened.door);
  socket.write('STARTTLS\r\n');
  socket.write('EHLO injected\r\n');
  assert.equal(String(await once(socket, 'data')), '220 go\r\n');
  const tls = await secure(socket);
  tls.write('EHLO sealed\r\n');
  assert.equal(String(await once(tls, 'data')), 'got EHLO sealed\r\n');
  tls.destroy();
});

test('SM-14 garbage instead of a handshake ends with one summary and nothing uncaught', async () => {
  await using opened = await open(starttls, offered);
  const socket = await dial(opened.door);
  socket.write('STARTTLS\r\n');
  await once(socket, 'data');
  socket.write('MAIL FROM:<x@y>\r\n');
  await all(socket);
  const close = await opened.fact('connection.close');
  assert.deepEqual([close.code, close.error], ['CH', 'CS_TLS']);
});

test('SM-14 silence instead of a handshake ends at the handshake deadline', async () => {
  await using opened = await open(echo, { ...implicit, limits: { ...LIMITS, handshakeTime: 30 } });
  const socket = await dial(opened.door);
  await all(socket);
  const close = await opened.fact('connection.close');
  assert.deepEqual([close.code, close.error], ['TH', 'CS_TIMEOUT']);
});

test('HT-36 a client of another protocol is refused by ALPN, one without ALPN is welcome', async () => {
  const protocol = { name: 'pop3', refusals: { connections: '', shutdown: '' }, alpn: ['pop3'] };
  await using opened = await open(echo, { ...implicit, protocol });
  await assert.rejects(secure(await dial(opened.door), { ALPNProtocols: ['imap'] }), /alert|reset|disconnected/i);
  const right = await secure(await dial(opened.door), { ALPNProtocols: ['pop3'] });
  assert.equal(right.alpnProtocol, 'pop3');
  const none = await secure(await dial(opened.door));
  none.end('x');
  assert.equal(await all(none), 'x');
  right.destroy();
});

test('HT-36 TLS below 1.2 is refused', async () => {
  await using opened = await open(echo, implicit);
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await assert.rejects(secure(await dial(opened.door), old));
  assert.equal((await opened.fact('connection.close')).error, 'CS_TLS');
});

test('HT-36 a ClientHello cut at each byte ends quietly, and the next client is served', async () => {
  await using opened = await open(echo, implicit);
  const hello = await clientHello();
  assert.ok(hello.length > 100);
  for (let from = 0; from < hello.length; from += 40) {
    await Promise.all(
      Array.from({ length: Math.min(40, hello.length - from) }, async (_, index) => {
        const socket = await dial(opened.door);
        socket.end(hello.subarray(0, from + index));
        await all(socket);
      }),
    );
  }
  await opened.fact('connection.close', hello.length);
  const tls = await secure(await dial(opened.door));
  tls.end('alive');
  assert.equal(await all(tls), 'alive');
  assert.deepEqual(
    opened.logged.filter((line) => line.level === 'error'),
    [],
  );
});

async function clientHello(): Promise<Buffer> {
  const [near, far] = duplexPair();
  const tls = connectTls({ socket: near, servername: 'localhost' });
  tls.on('error', () => {});
  const [hello] = (await once(far, 'data')) as [Buffer];
  tls.destroy();
  return hello;
}

test('the certificate is asked for at the first handshake, and again for new ones', async () => {
  const second = await certificate('second');
  const given: SecureContextOptions[] = [];
  let current: SecureContextOptions = context;
  await using opened = await open(echo, {
    tls: {
      mode: 'implicit',
      context: async () => {
        given.push(current);
        return current;
      },
    },
  });
  assert.equal(given.length, 0);
  assert.equal(await subject(opened), 'localhost');
  current = second;
  assert.equal(await subject(opened), 'second');
});

async function subject({ door }: Opened, more: ConnectionOptions = {}): Promise<string | undefined> {
  const tls = await secure(await dial(door), { rejectUnauthorized: false, ...more });
  const { CN } = tls.getPeerCertificate().subject;
  tls.destroy();
  return String(CN);
}

test('HT-36 by the name a client says another certificate is shown; what cannot be told, or is refused, ends nothing', async () => {
  const named = await certificate('named.test');
  const asked: (string | undefined)[] = [];
  const choose = (name?: string): SecureContextOptions => {
    asked.push(name);
    if (name === 'bad.test') throw new Error('no such certificate');
    return name === 'named.test' ? named : context;
  };
  const byName = Object.assign(choose, { byName: true });
  await using opened = await open(echo, { tls: { mode: 'implicit', context: byName } });
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    assert.equal(await subject(opened, { servername: 'named.test', maxVersion }), 'named.test');
    assert.equal(await subject(opened, { servername: 'other.test', maxVersion }), 'localhost');
    assert.equal(await subject(opened, { servername: 'bad.test', maxVersion }), 'localhost');
    assert.equal(await subject(opened, { servername: '', maxVersion }), 'localhost');
  }
  assert.equal(asked.filter((name) => name === undefined).length, 8, 'the default comes first');
  for (const name of ['x'.repeat(255), 'x'.repeat(300), 'x'.repeat(16_000), 'a\0b', '..', '*', '-']) {
    const tls = connectTls({ socket: await dial(opened.door), rejectUnauthorized: false, servername: name });
    const ended = new Promise((resolve) => tls.once('error', resolve).once('close', resolve));
    await Promise.race([once(tls, 'secureConnect').catch(() => {}), ended]);
    tls.destroy();
  }
  const session = await resumable(opened, 'named.test');
  const tls = await secure(await dial(opened.door), { rejectUnauthorized: false, servername: 'named.test', session });
  assert.equal(tls.isSessionReused(), true, 'a chosen certificate does not stand in the way of a ticket');
  tls.destroy();
});

/** A session whose ticket has come. */
async function resumable({ door }: Opened, servername: string): Promise<Buffer> {
  const tls = connectTls({ socket: await dial(door), rejectUnauthorized: false, servername });
  const [session] = (await once(tls, 'session')) as [Buffer];
  tls.destroy();
  return session;
}

test('a new certificate is for new connections: who is there already is not disturbed', async () => {
  let current: SecureContextOptions = context;
  await using opened = await open(echo, { tls: { mode: 'implicit', context: () => current } });
  const old = await secure(await dial(opened.door));
  current = await certificate('renewed');
  assert.equal(await subject(opened), 'renewed');
  old.write('still here');
  assert.equal(String(await once(old, 'data')), 'still here');
  old.destroy();
});

test('a library may take the stream before and after STARTTLS', async () => {
  await using opened = await open(async (conn) => {
    const clear = conn.duplex();
    const [line] = (await once(clear, 'data')) as [Buffer];
    clear.write(`220 ${line}`);
    clear.removeAllListeners('data');
    await conn.startTls();
    const sealed = conn.duplex();
    const [more] = (await once(sealed, 'data')) as [Buffer];
    sealed.end(`sealed ${more}`);
    await once(conn.signal, 'abort');
  }, offered);
  const socket = await dial(opened.door);
  socket.write('go');
  assert.equal(String(await once(socket, 'data')), '220 go');
  const tls = await secure(socket);
  tls.write('hi');
  assert.equal(await all(tls), 'sealed hi');
  tls.end();
});

test('a transcript is in clear text on both sides of STARTTLS', async () => {
  const lines: string[] = [];
  await using opened = await open(starttls, { ...offered, transcript: { sink: (line) => lines.push(line) } });
  const socket = await dial(opened.door);
  socket.write('STARTTLS\r\n');
  await once(socket, 'data');
  const tls = await secure(socket);
  tls.write('AUTH PLAIN AGFubgBjYW5hcnk=\r\n');
  await once(tls, 'data');
  tls.end();
  await opened.fact('connection.close');
  const [hello, ...rest] = lines;
  assert.match(hello!, /^# \S+ from 127\.0\.0\.1$/);
  assert.deepEqual(rest.slice(0, 4), ['C: STARTTLS', 'S: 220 go', '# TLS began (TLSv1.3)', 'C: AUTH PLAIN ***']);
});

const full = { ...implicit, limits: { ...LIMITS, connections: 10 } };

/** A client that is let in and stays. */
async function inside(opened: Opened): Promise<TLSSocket> {
  const tls = await secure(await dial(opened.door));
  tls.write('in');
  await once(tls, 'data');
  return tls;
}

test('SM-33 implicit TLS: one connection too many hears why behind its handshake', async () => {
  await using opened = await open(echo, { ...full, limits: { ...LIMITS, connections: 1 } });
  const first = await inside(opened);
  const refused = await secure(await dial(opened.door));
  assert.equal(await all(refused), '421 too many\r\n');
  first.end();
  await all(first);
  await opened.fact('connection.close');
  const next = await inside(opened);
  next.destroy();
});

test('SM-33 implicit TLS: an address with too many hears it too', async () => {
  await using opened = await open(echo, {
    ...implicit,
    limits: { ...LIMITS, connectionsPerAddress: 1 },
    proxyFrom: ['127.0.0.1'],
  });
  const come = async (): Promise<TLSSocket> => {
    const socket = await dial(opened.door);
    socket.write('PROXY TCP4 192.0.2.9 127.0.0.1 4000 25\r\n');
    return secure(socket);
  };
  const first = await come();
  first.write('in');
  await once(first, 'data');
  assert.equal(await all(await come()), '421 too many\r\n');
  first.destroy();
});

test('SM-33 implicit TLS: who is turned away and begins no handshake is gone in a second, and holds nobody up', async () => {
  await using opened = await open(echo, { ...full, limits: { ...LIMITS, connections: 100 } });
  const guests = await Promise.all(Array.from({ length: 100 }, () => inside(opened)));
  const silent = await Promise.all(Array.from({ length: 10 }, () => dial(opened.door)));
  assert.deepEqual(
    await Promise.all(silent.map(all)),
    Array.from({ length: 10 }, () => ''),
  );
  guests[0]?.write('still served');
  assert.equal(String((await once(guests[0]!, 'data'))[0]), 'still served');
  for (const guest of guests) guest.destroy();
});
