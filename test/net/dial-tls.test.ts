import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createSecureContext, type SecureContext } from 'node:tls';
import { leafFor } from '../../src/net/ca.ts';
import { createDial } from '../../src/net/dial.ts';
import { parsePins, pinOf } from '../../src/net/tls-trust.ts';
import { failing, type Logged, listen, listenTls, quiet, target, textOf } from './dial-fixture.ts';
import { echo, open } from './door-fixture.ts';
import { type Made, testAuthority, testLeaf } from './tls-certificates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-dial-tls-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const ca = join(scratch, 'ca.pem');
const other = join(scratch, 'other.pem');
let authority: Awaited<ReturnType<typeof testAuthority>>;
let good: Made;

before(async () => {
  authority = await testAuthority();
  writeFileSync(ca, authority.cert);
  writeFileSync(other, (await testAuthority()).cert);
  good = await testLeaf(authority, { names: ['localhost', '127.0.0.1', 'mail.test'] });
});

/** Newer OpenSSL will not even serve a weak key unless told to. */
const lax = { ciphers: 'DEFAULT:@SECLEVEL=0' };

const greet = (socket: Socket): void => {
  socket.end('hello');
};

describe('CL-08 a certificate that is not acceptable is exit 5 with the way out', () => {
  const unknown = /authority that is not trusted/;
  const rows: [string, () => Promise<Made>, RegExp][] = [
    ['wrong host', () => testLeaf(authority, { names: ['elsewhere.test'] }), /another host/],
    ['expired', () => testLeaf(authority, { from: -3, to: -1 }), /expired/],
    ['not valid yet', () => testLeaf(authority, { from: 0.5, to: 1 }), /not valid yet/],
    ['self-signed', () => testLeaf(undefined), /self-signed/],
    ['weak key', async () => ({ ...(await testLeaf(authority, { rsa: 1024 })), ...lax }), /weak/],
    ['unknown authority', async () => testLeaf(await testAuthority()), /trusted here|wrong signature/],
  ];
  for (const [name, make, words] of rows) {
    test(`CL-08 ${name}, implicit TLS and STARTTLS`, async () => {
      const made = await make();
      const heard: string[] = [];
      const hear = (socket: Socket): void => {
        socket.on('data', (chunk: Buffer) => heard.push(chunk.toString()));
      };
      await using server = await listenTls(made, hear);
      const dial = createDial(quiet({ ca }));
      await assert.rejects(dial(target(`lines://127.0.0.1:${server.port}`)), failing('CS_TLS', 5, words, /--ca/));
      await using door = await open(upgrading, { tls: { mode: 'offered', context: () => made } });
      const conn = await dial(target(`line://127.0.0.1:${door.door.port}`));
      await assert.rejects(conn.startTls(), failing('CS_TLS', 5, words, /--ca/));
      assert.equal(conn.signal.aborted, true);
      await conn.close();
      assert.deepEqual(heard, []);
    });
  }

  test('CL-08 without --ca the public roots count, and no others', async () => {
    await using server = await listenTls(good, greet);
    const to = target(`lines://localhost:${server.port}`);
    await assert.rejects(createDial(quiet())(to), failing('CS_TLS', 5, unknown, /--ca/));
    await assert.rejects(createDial(quiet({ ca: other }))(to), failing('CS_TLS', 5, /./, /--ca/));
    for (const how of [{ ca }, { env: { SSL_CERT_FILE: ca } }]) {
      const conn = await createDial(quiet(how))(to);
      assert.equal(await textOf(conn), 'hello');
      assert.deepEqual([conn.secure, conn.trusted, conn.tls?.servername], [true, true, 'localhost']);
      await conn.close();
    }
  });
});

const upgrading: typeof echo = async (conn) => {
  await conn.startTls();
  await echo(conn);
};

test('STARTTLS and implicit TLS carry the conversation on', async () => {
  await using offered = await open(upgrading, { tls: { mode: 'offered', context: () => good } });
  await using implicit = await open(echo, { tls: { mode: 'implicit', context: () => good } });
  const dial = createDial(quiet({ ca }));
  for (const [text, upgrade] of [
    [`line://localhost:${offered.door.port}`, true],
    [`lines://localhost:${implicit.door.port}`, false],
  ] as const) {
    const conn = await dial(target(text));
    if (upgrade) await conn.startTls();
    await conn.write('over TLS');
    const { value } = await conn[Symbol.asyncIterator]().next();
    assert.equal(Buffer.from(value as Uint8Array).toString(), 'over TLS');
    assert.match(conn.tls?.version ?? '', /^TLSv1\.[23]$/);
    await conn.close();
  }
});

test('CL-04 a reply injected before the handshake is exit 5 and is never read as a secured one', async () => {
  const inject = (socket: Socket): void => {
    socket.once('data', () => socket.write('220 go ahead\r\n250 injected\r\n'));
  };
  await using server = await listen('127.0.0.1', inject);
  const conn = await createDial(quiet({ ca }))(target(`line://127.0.0.1:${server.port}`));
  await conn.write('STARTTLS\r\n');
  const { value } = await conn[Symbol.asyncIterator]().next();
  const [reply = '', rest = ''] = Buffer.from(value as Uint8Array)
    .toString()
    .split(/(?<=\n)/);
  assert.equal(reply, '220 go ahead\r\n');
  await assert.rejects(conn.startTls(Buffer.from(rest)), failing('CS_PEER_PROTOCOL', 5, /clear text/));
  await conn.close();
});

test('a port that does not speak TLS says so, one that hangs up too', async () => {
  await using plain = await listen('127.0.0.1', (socket) => socket.write('220 hello\r\n'));
  await using rude = await listen('127.0.0.1', (socket) => socket.destroy());
  const dial = createDial(quiet());
  const to = (port: number) => dial(target(`lines://127.0.0.1:${port}`));
  await assert.rejects(to(plain.port), failing('CS_TLS', 5, /does not speak TLS/, /starttls/));
  await assert.rejects(to(rude.port), failing('CS_TLS', 5, /hung up/));
});

test('TLS 1.1 is not spoken, and an ALPN name that the server has not is refused', async () => {
  const old = { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  await using ancient = await listenTls(old, greet);
  await using mail = await listenTls({ ...good, ALPNProtocols: ['imap'] }, greet);
  const to = (port: number, alpn: string[]) => createDial(quiet({ ca, alpn }))(target(`lines://localhost:${port}`));
  await assert.rejects(to(ancient.port, []), failing('CS_TLS', 5));
  await assert.rejects(to(mail.port, ['pop3']), failing('CS_TLS', 5));
  const conn = await to(mail.port, ['imap']);
  assert.equal(conn.tls?.alpn, 'imap');
  await conn.close();
});

describe('--pin', () => {
  test('stands in for the chain, and takes only that key', async () => {
    const self = await testLeaf(undefined, { names: ['elsewhere.test'] });
    await using server = await listenTls(self, greet);
    const to = target(`lines://127.0.0.1:${server.port}`);
    const pin = pinOf(new X509Certificate(self.cert));
    for (const written of [pin, pin.replace('/', '//'), `${pinOf(new X509Certificate(good.cert))},${pin}`]) {
      const conn = await createDial(quiet({ pin: written }))(to);
      assert.equal(await textOf(conn), 'hello');
      await conn.close();
    }
    const wrong = createDial(quiet({ pin: pinOf(new X509Certificate(good.cert)) }))(to);
    await assert.rejects(wrong, failing('CS_TLS', 5, /another key than the pinned one/));
    const insecure = createDial(quiet({ pin: pinOf(new X509Certificate(good.cert)), insecure: true }))(to);
    await assert.rejects(insecure, failing('CS_TLS', 5, /another key/));
  });

  test('what is no pin is a usage error', () => {
    for (const text of ['', 'sha1/AAAA', 'sha256/AAAA', `sha256/${'A'.repeat(64)}`]) {
      assert.throws(() => parsePins(text), failing('CS_USAGE', 2));
    }
  });

  test('a digest whose base64 begins with a slash, with one slash before it and with two', () => {
    const digest = Buffer.alloc(32, 0xff);
    const encoded = digest.toString('base64');
    assert.equal(encoded[0], '/');
    for (const text of [`sha256/${encoded}`, `sha256//${encoded}`]) assert.deepEqual(parsePins(text), [digest]);
  });
});

test('--insecure warns each time and makes nobody trusted', async () => {
  const self = await testLeaf(undefined);
  await using server = await listenTls(self, greet);
  const logged: Logged[] = [];
  const dial = createDial(quiet({ insecure: true }, logged));
  for (const nth of [1, 2]) {
    const conn = await dial(target(`lines://127.0.0.1:${server.port}`));
    assert.equal(await textOf(conn), 'hello');
    await conn.close();
    assert.equal(logged.length, nth);
  }
  assert.deepEqual(logged[0], {
    event: 'tls.unverified',
    facts: { host: '127.0.0.1', problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  });
});

test("this user's own authority is believed on loopback, for its own hosts, unless another was named", async () => {
  const dir = join(scratch, 'state', 'ca');
  const leaf = await leafFor(['mail.test'], dir);
  await using server = await listenTls(leaf, greet);
  const logged: Logged[] = [];
  const conn = await createDial(quiet({ localCa: dir, insecure: true }, logged))(
    target(`lines://localhost:${server.port}`),
  );
  assert.equal(await textOf(conn), 'hello');
  await conn.close();
  // The flag was not needed: said all the same, as each time.
  assert.deepEqual(
    logged.map(({ event }) => event),
    ['tls.insecure'],
  );
  const to = (text: string, more: object) => createDial(quiet({ localCa: dir, ...more }))(target(text));
  const here = `lines://127.0.0.1:${server.port}`;
  await to(here, {}).then((again) => again.close());
  await to(here, { localCa: undefined, env: { CS_STATE_DIR: join(scratch, 'state') } }).then((again) => again.close());
  await assert.rejects(to(here, { ca }), failing('CS_TLS', 5));
  await assert.rejects(to(here, { localCa: null }), failing('CS_TLS', 5));
  await assert.rejects(to(here, { localCa: join(scratch, 'none') }), failing('CS_TLS', 5));
  const named = { lookup: async () => [{ address: '127.0.0.1', family: 4 }] };
  await assert.rejects(to(`lines://other.test:${server.port}`, named), failing('CS_TLS', 5));
});

test('an authority that is made during the very first handshake is believed too', async () => {
  const dir = join(scratch, 'first', 'ca');
  const secureContext = async () => createSecureContext(await leafFor(['localhost'], dir));
  const options = {
    SNICallback: (_name: string, done: (error: null, context: SecureContext) => void) =>
      void secureContext().then((made) => done(null, made)),
  };
  await using server = await listenTls(options, greet);
  const conn = await createDial(quiet({ localCa: dir }))(target(`lines://localhost:${server.port}`));
  assert.equal(await textOf(conn), 'hello');
  await conn.close();
});

test('a file of authorities that cannot be used is said so', async () => {
  await using server = await listenTls(good, greet);
  const empty = join(scratch, 'empty.pem');
  writeFileSync(empty, '-----BEGIN NOTHING-----\n');
  const to = (file: string) => createDial(quiet({ ca: file }))(target(`lines://localhost:${server.port}`));
  await assert.rejects(to(empty), failing('CS_CONFIG', 2, /no certificate/));
  await assert.rejects(to(join(scratch, 'none')), failing('CS_NOT_FOUND', 11));
});
