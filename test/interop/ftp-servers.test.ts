/** Our FTP client against servers that others wrote: each is a tree as far as the protocol lets it be. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Secret } from '../../src/kit/secret.ts';
import { jail } from '../../src/stores/wrap/files/jail.ts';
import { fileTreeSuite, type TreeExpected } from '../conformance/file-tree.ts';
import { at, load, octets, store } from '../conformance/file-tree-harness.ts';
import { fails, whole } from '../conformance/harness.ts';
import { filesAt, type Wish } from '../protocols/ftp/client-stage.ts';
import { hasPyftpdlib, PASSWORD, startProftpd, startPureFtpd, startPyftpdlib, USER } from './ftp-peers.ts';
import { tool } from './server.ts';
import { type ForeignServer, startVsftpd } from './vsftpd.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-ftp-servers-'));
const started: Promise<ForeignServer>[] = [];
const opened: ReturnType<typeof filesAt>[] = [];
after(async () => {
  for (const one of opened) await (await one)[Symbol.asyncDispose]();
  for (const one of started) await (await one).stop();
  rmSync(scratch, { recursive: true, force: true });
});
chmodSync(scratch, 0o755);

const certificate = { cert: join(scratch, 'cert.pem'), key: join(scratch, 'key.pem') };
const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
const files = ['-keyout', certificate.key, '-out', certificate.cert];
spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files]);

interface Peer {
  readonly name: string;
  readonly start: (root: string) => Promise<ForeignServer>;
  readonly wish: Wish;
  readonly expected: TreeExpected;
  /** It does not confine its clients: paths are those of the system. */
  readonly bare?: true;
}

const [vsftpd, proftpd, pureFtpd, purePw] = ['vsftpd', 'proftpd', 'pure-ftpd', 'pure-pw'].map(tool);
const login = { user: USER, password: new Secret(PASSWORD) };
const anonymous = { user: undefined, password: undefined };
const overTls: Wish['target'] = { host: 'localhost', tls: 'starttls-required' };
const trust: Wish['dial'] = { ca: certificate.cert, family: 4 };
const usual = ['readWhole', 'write', 'writeWhole', 'staged', 'makeDir', 'remove', 'rename', 'setAttributes'] as const;
/** It has no MLST: no times of directories, no permissions, and nothing that tells one content from the next. */
const plain: TreeExpected = { abilities: usual, precision: Number.POSITIVE_INFINITY, blind: true };

const peers: Peer[] = [];
if (vsftpd !== undefined) {
  const reuse = {
    ssl_enable: 'YES',
    allow_anon_ssl: 'YES',
    require_ssl_reuse: 'YES',
    force_anon_logins_ssl: 'YES',
    force_anon_data_ssl: 'YES',
    ssl_ciphers: 'HIGH',
    rsa_cert_file: certificate.cert,
    rsa_private_key_file: certificate.key,
  };
  peers.push({
    name: 'vsftpd',
    start: (root) => startVsftpd(vsftpd, root),
    wish: { target: anonymous },
    expected: plain,
    bare: true,
  });
  peers.push({
    name: 'vsftpd with TLS sessions reused',
    start: (root) => startVsftpd(vsftpd, root, reuse),
    wish: { target: { ...anonymous, ...overTls }, dial: trust },
    expected: plain,
    bare: true,
  });
}
if (hasPyftpdlib()) {
  peers.push({
    name: 'pyftpdlib',
    start: startPyftpdlib,
    wish: { target: login },
    expected: { abilities: usual, precision: 1000, timesOfFiles: true },
  });
}
if (proftpd !== undefined) {
  const expected: TreeExpected = { abilities: [...usual, 'hash'], precision: 1000, wholeHashes: true };
  const start = (root: string) => startProftpd(proftpd, root, certificate);
  peers.push({ name: 'proftpd', start, wish: { target: login }, expected });
  peers.push({
    name: 'proftpd with TLS',
    start,
    wish: { target: { ...login, ...overTls }, dial: trust },
    expected,
  });
}
if (pureFtpd !== undefined && purePw !== undefined) {
  peers.push({
    name: 'pure-ftpd',
    start: (root) => startPureFtpd(pureFtpd, purePw, root),
    wish: { target: login },
    expected: { abilities: usual, precision: 1000 },
  });
}

for (const peer of peers) {
  const root = join(scratch, peer.name.replaceAll(' ', '-'));
  let server: Promise<ForeignServer> | undefined;
  const places = new Map<string, ReturnType<typeof filesAt>>();
  let count = 0;
  const connected = (port: number, options: Wish['options']): ReturnType<typeof filesAt> => {
    const key = JSON.stringify(options);
    const known = places.get(key);
    if (known) return known;
    const place = filesAt(port, { ...peer.wish, options: { ...options, ...(peer.bare ? { root } : {}) } });
    places.set(key, place);
    opened.push(place);
    return place;
  };
  /** A directory of its own on the one server, by the same connections: logins are slow where passwords are hashed well. */
  const fresh = async (options: NonNullable<Wish['options']> = {}) => {
    mkdirSync(root, { recursive: true });
    if (!server) {
      server = peer.start(root);
      started.push(server);
    }
    const { files } = await connected((await server).port, options);
    const home = `t${count++}`;
    mkdirSync(join(root, home));
    chmodSync(join(root, home), 0o777);
    return { tree: jail(files, at(home)), dir: join(root, home), close: async () => {} };
  };

  fileTreeSuite(peer.name, () => fresh(), peer.expected);

  test(`${peer.name}: a file is fetched in segments side by side`, async () => {
    const { tree } = await fresh();
    const bytes = octets(5_000_000);
    await store(tree, '/file', bytes);
    await using file = await tree.open(at('/file'));
    const step = 700_001;
    const parts = Array.from({ length: Math.ceil(bytes.length / step) }, (_, n) => ({
      start: n * step,
      end: Math.min(bytes.length, (n + 1) * step),
    }));
    const got = await Promise.all(parts.map((part) => whole(file.read(part))));
    assert.ok(Buffer.concat(got).equals(bytes));
  });

  test(`${peer.name}: data come to us where that is wanted (active mode)`, async () => {
    const { tree, dir } = await fresh({ data: 'active' });
    await store(tree, '/file', octets(1_000_000));
    assert.ok((await load(tree, '/file')).equals(octets(1_000_000)));
    assert.ok(existsSync(join(dir, 'file')));
  });

  test(`${peer.name}: the time of a file is kept to the second; one published directly is there at once`, async () => {
    const { tree } = await fresh({ publish: 'direct' });
    const modified = Date.UTC(2019, 4, 6, 7, 8, 9);
    const facts = await store(tree, '/file', 'x', { mode: 'replace' }, { modified });
    assert.equal(facts.modified, modified);
    for await (const entry of tree.list([])) assert.equal(entry.modified, modified);
    assert.equal((await load(tree, '/file')).toString(), 'x');
    await fails('CS_NOT_FOUND', () => load(tree, '/none'));
  });
}

test('there is a server to try', () => assert.ok(peers.length > 0 || process.env.CS_INTEROP !== 'required'));
