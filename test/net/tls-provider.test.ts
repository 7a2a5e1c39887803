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

function files(name: string, made: Made): { cert: string; key: string } {
  const cert = join(scratch, `${name}.pem`);
  const key = join(scratch, `${name}-key.pem`);
  writeFileSync(cert, made.cert);
  writeFileSync(key, made.key, { mode: 0o600 });
  return { cert, key };
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
  const pair = files('changing', one);
  const provider = tlsProvider({ files: [pair], hosts: [], look: 0 });
  const first = await provider();
  assert.equal(first.cert, one.cert);
  assert.equal(await provider(), first);

  const fresh = files('fresh', two);
  renameSync(fresh.cert, pair.cert);
  assert.equal(await provider(), first, 'half of a renewal leaves the old certificate in place');
  renameSync(fresh.key, pair.key);
  assert.equal((await provider()).cert, two.cert);
  rmSync(pair.cert);
  assert.equal((await provider()).cert, two.cert);
});

test('a look is due once a second, and at once after a reload', async () => {
  const [one, two] = [await testLeaf(undefined), await testLeaf(undefined)];
  const pair = files('patient', one);
  const provider = tlsProvider({ files: [pair], hosts: [], look: 3_600_000 });
  const first = await provider();
  const fresh = files('patient-fresh', two);
  renameSync(fresh.cert, pair.cert);
  renameSync(fresh.key, pair.key);
  assert.equal(await provider(), first);
  provider.reload();
  assert.equal((await provider()).cert, two.cert);
});

test('AU-10 a key that the world can read is refused with the command that mends it', async () => {
  const pair = files('open', await testLeaf(undefined));
  const provider = tlsProvider({ files: [pair], hosts: [] });
  chmodSync(pair.key, 0o644);
  await assert.rejects(
    provider(),
    failing('CS_UNSAFE', 16, /can be read by other users/, /^chmod 600 .+open-key\.pem$/),
  );
  chmodSync(pair.key, 0o640);
  assert.ok((await provider()).key, 'a group may read it, as on Debian');
});

test('files that are missing or do not belong together are said so', async () => {
  const a = files('a', await testLeaf(undefined));
  const b = files('b', await testLeaf(undefined));
  const mixed = tlsProvider({ files: [{ cert: a.cert, key: b.key }], hosts: [] });
  await assert.rejects(mixed(), failing('CS_CONFIG', 2, /does not belong/));
  const missing = tlsProvider({ files: [{ cert: join(scratch, 'none'), key: a.key }], hosts: [] });
  await assert.rejects(missing(), failing('CS_NOT_FOUND', 11, /ENOENT/));
});

test('of several the one is shown whose name is asked for: the name itself before a wildcard, the first for all others', async () => {
  const names = [['first.test'], ['*.example.test', 'example.test'], ['own.example.test'], ['OTHER.test']] as const;
  const made = await Promise.all(names.map((of) => testLeaf(undefined, { names: of })));
  const provider = tlsProvider({ files: made.map((one, at) => files(`sni-${at}`, one)), hosts: [] });
  const rows: [string | undefined, number][] = [
    [undefined, 0],
    ['first.test', 0],
    ['example.test', 1],
    ['any.example.test', 1],
    ['own.example.test', 2],
    ['OWN.example.TEST', 2],
    ['two.labels.example.test', 0],
    ['xexample.test', 0],
    ['other.test', 3],
    ['none.test', 0],
    ['127.0.0.1', 0],
    ['*.example.test', 0],
    ['', 0],
    ['x'.repeat(70_000), 0],
    ['own.example.test\0.first.test', 0],
    ['b\u00fccher.test', 0],
  ];
  for (const [servername, at] of rows) {
    assert.equal((await provider(servername)).cert, made[at]!.cert, `${servername?.slice(0, 40)}`);
  }
  assert.equal(await provider('own.example.test'), await provider('own.example.test'), 'the same object each time');
});

test('of several each is renewed for itself', async () => {
  const [one, two, fresh] = await Promise.all(
    ['one.test', 'two.test', 'two.test'].map((name) => testLeaf(undefined, { names: [name] })),
  );
  const pairs = [files('each-1', one!), files('each-2', two!)];
  const provider = tlsProvider({ files: pairs, hosts: [], look: 0 });
  const before = await provider('one.test');
  assert.equal((await provider('two.test')).cert, two!.cert);
  rmSync(pairs[0]!.key);
  const renewed = files('each-fresh', fresh!);
  renameSync(renewed.cert, pairs[1]!.cert);
  renameSync(renewed.key, pairs[1]!.key);
  assert.equal((await provider('two.test')).cert, fresh!.cert);
  assert.equal(await provider('one.test'), before, 'one that is gone keeps what it had');
});
