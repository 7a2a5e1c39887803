/** Certificates of `cs serve`: those that are given, by the name asked for, and the local CA's for every name it answers for. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from 'node:tls';
import { CS, serve, sh, tool } from '../interop/server.ts';
import { type Made, testLeaf } from '../net/tls-certificates.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-serve-tls-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function files(name: string, made: Made): { cert: string; key: string } {
  const [cert, key] = [join(scratch, `${name}.pem`), join(scratch, `${name}-key.pem`)];
  writeFileSync(cert, made.cert);
  writeFileSync(key, made.key, { mode: 0o600 });
  return { cert, key };
}

async function shown(port: number, servername: string): Promise<X509Certificate> {
  const tls = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  await once(tls, 'secureConnect');
  const found = tls.getPeerX509Certificate()!;
  tls.destroy();
  return found;
}

const same = (found: X509Certificate, made: Made): boolean =>
  found.fingerprint256 === new X509Certificate(made.cert).fingerprint256;

test('of given certificates the one for the name asked for is shown, and a renewed one without a restart', async () => {
  const [first, wild, fresh] = await Promise.all(
    [['localhost'], ['*.site.test'], ['*.site.test']].map((names) => testLeaf(undefined, { names })),
  );
  const pairs = [files('first', first!), files('wild', wild!)];
  const flags = pairs.flatMap(({ cert, key }) => ['--cert', cert, '--key', key]);
  const serving = await serve(['http', scratch, '--tls', 'on', ...flags]);
  try {
    const port = serving.port('http');
    assert.ok(same(await shown(port, 'a.site.test'), wild!));
    assert.ok(same(await shown(port, 'elsewhere.test'), first!));
    const s_client = tool('openssl');
    if (s_client) {
      const ran = await sh(s_client, ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'b.site.test']);
      const [pem = ''] = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(ran.stdout) ?? [];
      assert.ok(same(new X509Certificate(pem), wild!));
    }
    const renewed = files('renewed', fresh!);
    renameSync(renewed.cert, pairs[1]!.cert);
    renameSync(renewed.key, pairs[1]!.key);
    serving.child.kill('SIGHUP');
    await renewal(port, fresh!);
    assert.ok(same(await shown(port, 'localhost'), first!));
  } finally {
    await serving.stop();
  }
});

/** A signal takes its time; files are looked at once a second of themselves. */
async function renewal(port: number, fresh: Made): Promise<void> {
  while (!same(await shown(port, 'a.site.test'), fresh)) await new Promise(setImmediate);
}

test("the local CA's certificate is for virtual hosts and further names too", async () => {
  const names = ['--vhost', 'docs.localhost=.', '--allow-host', 'box.test'];
  const serving = await serve(['http', scratch, '--tls', 'on', ...names]);
  try {
    const found = await shown(serving.port('http'), 'docs.localhost');
    for (const name of ['docs.localhost', 'box.test', 'localhost']) assert.equal(found.checkHost(name), name);
  } finally {
    await serving.stop();
  }
});

test('as many keys as certificates', async () => {
  const ran = await sh(process.execPath, [CS, 'serve', 'http', scratch, '--cert', 'a', '--cert', 'b', '--key', 'c']);
  assert.equal(ran.code, 2);
  assert.match(ran.stderr, /there are 2 and 1\nhint: {2}--cert a\.pem --key/);
});
