import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CsError } from '../../src/kit/errors.ts';
import {
  caCertificate,
  caFile,
  existingCa,
  issueFor,
  leafFor,
  leafHosts,
  systemRootsPlusCa,
} from '../../src/net/ca.ts';
import { encodeNameConstraints, isPermitted } from '../../src/net/ca-constraints.ts';
import { createAuthority } from '../../src/net/ca-create.ts';
import { caDirectory } from '../../src/net/ca-directory.ts';
import { certificatesIn, isPair, splitPem } from '../../src/net/ca-pem.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-ca-test-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(scratch, `state-${++count}`, 'ca');

test('a certificate that was made while the clock was wrong is made anew when it is right', async (t) => {
  const dir = fresh();
  await caCertificate(dir);
  const now = Date.now();
  t.mock.timers.enable({ apis: ['Date'], now: now + 4 * 365 * 86_400_000 });
  const early = await leafFor(['localhost'], dir);
  assert.ok(early.notBefore > now);
  assert.equal((await leafFor(['localhost'], dir)).cert, early.cert, 'by that clock it is good');
  t.mock.timers.setTime(now);
  const right = await leafFor(['localhost'], dir);
  assert.ok(right.notBefore <= now && right.notAfter > now);
  const [name = ''] = readdirSync(dir).filter((file) => file.startsWith('leaf-'));
  assert.ok(readFileSync(join(dir, name), 'utf8').includes(right.cert), 'what the next process finds');
});

test('an authority is made once and vouches for local hosts', async () => {
  const dir = fresh();
  assert.equal(await existingCa(dir), undefined);
  const leaf = await leafFor(['192.168.7.7', 'App.Localhost', 'mail.test', 'example.com', '8.8.8.8'], dir);
  assert.deepEqual(leaf.hosts, ['localhost', '127.0.0.1', '::1', '192.168.7.7', 'app.localhost', 'mail.test']);
  const [server, authority] = certificatesIn(leaf.cert);
  assert.ok(server && authority);
  for (const host of ['localhost', 'app.localhost', 'mail.test']) assert.equal(server.checkHost(host), host);
  for (const address of ['127.0.0.1', '::1', '192.168.7.7']) assert.ok(server.checkIP(address));
  assert.equal(server.checkHost('example.com'), undefined);
  assert.ok(server.checkIssued(authority) && server.verify(authority.publicKey) && isPair(leaf));
  assert.ok(!server.ca && authority.ca);
  const days = (Date.parse(server.validTo) - Date.parse(server.validFrom)) / 86_400_000;
  assert.ok(days > 300 && days <= 397, `${days} days`);
  assert.equal(authority.fingerprint256, (await existingCa(dir))?.fingerprint256);
  assert.equal(readFileSync(await caFile(dir), 'utf8'), await caCertificate(dir));
  assert.ok(authority.raw.includes(Buffer.from(encodeNameConstraints())), 'the name constraints are in it');
});

test('directory and keys are readable by this user alone, and nothing half-written is left', async () => {
  const dir = fresh();
  await leafFor([], dir);
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  for (const name of readdirSync(dir)) {
    assert.match(name, /^(authority|ca|leaf-[0-9a-f]{16})\.pem$/);
    if (name !== 'ca.pem') assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  }
});

test('a certificate is kept, and made anew for other hosts or another authority', async () => {
  const dir = fresh();
  const first = await leafFor(['a.test'], dir);
  assert.equal((await leafFor(['a.test'], dir)).cert, first.cert);
  const second = await leafFor(['b.test'], dir);
  assert.notEqual(second.cert, first.cert);
  // As a later process finds it: the kept certificate does not fit the authority any more.
  const [kept] = readdirSync(dir).filter((name) => name.startsWith('leaf-'));
  const other = await createAuthority();
  const moved = fresh();
  await leafFor([], moved);
  writeFileSync(join(moved, 'authority.pem'), other.key + other.cert);
  writeFileSync(join(moved, kept ?? ''), readFileSync(join(dir, kept ?? '')));
  const child = await race(moved, 1);
  assert.equal(child[0]?.ca, other.cert);
  const [leaf, issuer] = certificatesIn(child[0]?.chain ?? '');
  assert.ok(leaf && issuer && leaf.verify(issuer.publicKey));
});

test('processes that start at once share one authority', async () => {
  const dir = fresh();
  const told = await race(dir, 3);
  const [first] = told;
  assert.ok(first);
  for (const { ca, chain } of told) {
    assert.equal(ca, first.ca);
    const [leaf] = certificatesIn(chain);
    assert.ok(leaf?.verify(new X509Certificate(first.ca).publicKey));
  }
  assert.equal(readFileSync(join(dir, 'ca.pem'), 'utf8'), first.ca);
});

async function race(dir: string, many: number): Promise<{ ca: string; chain: string }[]> {
  const path = fileURLToPath(new URL(`./ca-racer${extname(import.meta.url)}`, import.meta.url));
  const racers = Array.from({ length: many }, () => fork(path, [dir]));
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  const answers = racers.map(async (racer) => (await once(racer, 'message'))[0] as { ca: string; chain: string });
  for (const racer of racers) racer.send('go');
  const told = await Promise.all(answers);
  await Promise.all(racers.map((racer) => racer.exitCode ?? once(racer, 'exit')));
  return told;
}

test('AU-10 keys that others can read are refused with the command that mends it', async () => {
  const dir = fresh();
  await leafFor([], dir);
  for (const [name, mode] of [
    ['authority.pem', 0o644],
    ['authority.pem', 0o640],
  ] as const) {
    chmodSync(join(dir, name), mode);
    const copy = `${dir}/.`;
    await assert.rejects(leafFor([], copy), (error: CsError) => {
      assert.deepEqual([error.code, error.exit], ['CS_UNSAFE', 16]);
      assert.match(error.hint ?? '', /^chmod 600 .+authority\.pem$/);
      return true;
    });
  }
  chmodSync(join(dir, 'authority.pem'), 0o600);
  await leafFor([], `${dir}/.`);
});

test('AU-10 a directory that others may write to, or a link to one, is refused', async () => {
  const dir = fresh();
  await leafFor([], dir);
  chmodSync(dir, 0o777);
  await assert.rejects(
    leafFor([], `${dir}/.`),
    (error: CsError) => error.code === 'CS_UNSAFE' && /chmod 700/.test(error.hint ?? ''),
  );
  chmodSync(dir, 0o700);
  const link = join(scratch, 'link');
  symlinkSync(dir, link);
  await assert.rejects(leafFor([], link), (error: CsError) => error.code === 'CS_UNSAFE');
});

test('AU-11 where nothing can be written the authority lives in memory', async () => {
  const blocked = join(scratch, 'a-file');
  writeFileSync(blocked, '');
  const dir = join(blocked, 'ca');
  const leaf = await leafFor(['localhost'], dir);
  const [server, authority] = certificatesIn(leaf.cert);
  assert.ok(server && authority && server.verify(authority.publicKey));
  assert.equal((await existingCa(dir))?.fingerprint256, authority.fingerprint256);
  const file = await caFile(dir);
  assert.equal(readFileSync(file, 'utf8'), await caCertificate(dir));
  assert.equal(await caFile(dir), file);
  assert.ok(existsSync(file) && file.startsWith(tmpdir()));
});

test('a damaged authority is named, not replaced', async () => {
  const dir = fresh();
  await leafFor([], dir);
  writeFileSync(join(dir, 'authority.pem'), 'garbage', { mode: 0o600 });
  await assert.rejects(
    leafFor([], `${dir}/.`),
    (error: CsError) => error.code === 'CS_CONFIG' && /remove it/.test(error.hint ?? ''),
  );
});

test('a bundle for variables that replace the roots holds the roots and ours', async () => {
  const dir = fresh();
  const path = join(scratch, 'bundle.pem');
  await systemRootsPlusCa(path, dir);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.endsWith(await caCertificate(dir)));
  assert.ok(text.split('BEGIN CERTIFICATE').length > 50);
});

test('a certificate for another program has exactly the names asked for', async () => {
  const dir = fresh();
  const made = await issueFor(['app.test', '10.0.0.5'], dir);
  const [leaf] = certificatesIn(made.cert);
  assert.equal(leaf?.subjectAltName, 'DNS:app.test, IP Address:10.0.0.5');
  assert.ok(isPair(made));
  for (const foreign of ['example.com', '8.8.8.8', 'test.example', 'notlocalhost', '']) {
    await assert.rejects(issueFor([foreign], dir), (error: CsError) => error.code === 'CS_INPUT');
  }
});

test('what it may vouch for ends at the constraint', () => {
  for (const host of [
    'localhost',
    'a.b.localhost',
    'x.test',
    '127.1.2.3',
    '10.1.1.1',
    '172.31.0.1',
    'fd00::1',
    'fe80::1',
    '::1',
  ])
    assert.ok(isPermitted(host), host);
  for (const host of [
    'localhost.com',
    'xtest',
    'nottest',
    '172.32.0.1',
    '11.0.0.1',
    '192.169.0.1',
    '2001:db8::1',
    '::2',
    '0.0.0.0',
  ])
    assert.ok(!isPermitted(host), host);
  assert.deepEqual(leafHosts(['[::1]', 'fe80::1%eth0', 'LOCALHOST']), ['localhost', '127.0.0.1', '::1', 'fe80::1']);
});

test('the directory follows the environment', () => {
  assert.equal(caDirectory({ CS_STATE_DIR: '/s', XDG_STATE_HOME: '/x', HOME: '/h' }), '/s/ca');
  assert.equal(caDirectory({ XDG_STATE_HOME: '/x', HOME: '/h' }), '/x/cs/ca');
  assert.equal(caDirectory({ HOME: '/h' }), '/h/.local/state/cs/ca');
});

test('PEM that is no pair is none', () => {
  assert.equal(splitPem(''), undefined);
  assert.equal(splitPem('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'), undefined);
  assert.equal(isPair({ key: 'x', cert: 'y' }), false);
});
