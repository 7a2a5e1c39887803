import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { certificatesIn } from '../../src/net/ca-pem.ts';
import { tlsProvider } from '../../src/net/tls-provider.ts';
import { failing } from './dial-fixture.ts';
import { type Made, testLeaf } from './tls-certificates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-tls-provider-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function files(name: string, made: Made): { certFile: string; keyFile: string } {
  const certFile = join(scratch, `${name}.pem`);
  const keyFile = join(scratch, `${name}-key.pem`);
  writeFileSync(certFile, made.cert);
  writeFileSync(keyFile, made.key, { mode: 0o600 });
  return { certFile, keyFile };
}

test('without files the local authority gives a certificate, the same object each time', async () => {
  const provider = tlsProvider({ hosts: ['0.0.0.0', 'x.test', 'this-machine'], dir: join(scratch, 'ca'), look: 0 });
  const first = await provider();
  assert.equal(await provider(), first);
  provider.reload();
  assert.equal(await provider(), first);
  assert.equal(first.minVersion, 'TLSv1.2');
  const [leaf] = certificatesIn(String(first.cert));
  assert.ok(leaf?.checkHost('x.test') && leaf.checkIP('::1') && leaf.checkHost('this-machine') === undefined);
});

test('files are read once, and again when they changed', async () => {
  const [one, two] = [await testLeaf(undefined), await testLeaf(undefined)];
  const { certFile, keyFile } = files('changing', one);
  const provider = tlsProvider({ certFile, keyFile, hosts: [], look: 0 });
  const first = await provider();
  assert.equal(first.cert, one.cert);
  assert.equal(await provider(), first);

  const fresh = files('fresh', two);
  renameSync(fresh.certFile, certFile);
  assert.equal(await provider(), first, 'half of a renewal leaves the old certificate in place');
  renameSync(fresh.keyFile, keyFile);
  assert.equal((await provider()).cert, two.cert);
  rmSync(certFile);
  assert.equal((await provider()).cert, two.cert);
});

test('a look is due once a second, and at once after a reload', async () => {
  const [one, two] = [await testLeaf(undefined), await testLeaf(undefined)];
  const { certFile, keyFile } = files('patient', one);
  const provider = tlsProvider({ certFile, keyFile, hosts: [], look: 3_600_000 });
  const first = await provider();
  const fresh = files('patient-fresh', two);
  renameSync(fresh.certFile, certFile);
  renameSync(fresh.keyFile, keyFile);
  assert.equal(await provider(), first);
  provider.reload();
  assert.equal((await provider()).cert, two.cert);
});

test('AU-10 a key that the world can read is refused with the command that mends it', async () => {
  const { certFile, keyFile } = files('open', await testLeaf(undefined));
  const provider = tlsProvider({ certFile, keyFile, hosts: [] });
  chmodSync(keyFile, 0o644);
  await assert.rejects(
    provider(),
    failing('CS_UNSAFE', 16, /can be read by other users/, /^chmod 600 .+open-key\.pem$/),
  );
  chmodSync(keyFile, 0o640);
  assert.ok((await provider()).key, 'a group may read it, as on Debian');
});

test('files that are missing or do not belong together are said so', async () => {
  const a = files('a', await testLeaf(undefined));
  const b = files('b', await testLeaf(undefined));
  const mixed = tlsProvider({ certFile: a.certFile, keyFile: b.keyFile, hosts: [] });
  await assert.rejects(mixed(), failing('CS_CONFIG', 2, /does not belong/));
  const missing = tlsProvider({ certFile: join(scratch, 'none'), keyFile: a.keyFile, hosts: [] });
  await assert.rejects(missing(), failing('CS_NOT_FOUND', 11, /ENOENT/));
});
