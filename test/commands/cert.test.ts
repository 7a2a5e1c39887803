import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { certCaCommand, certIssueCommand, certShowCommand, certTrustCommand } from '../../src/commands/cert/command.ts';
import type { Command, CommandContext } from '../../src/commands/command.ts';
import { createAuthority } from '../../src/net/ca-create.ts';
import { certificatesIn } from '../../src/net/ca-pem.ts';
import { parsePins } from '../../src/net/tls-trust.ts';
import type { Paint, Result } from '../../src/ui/ui.ts';
import { failing } from '../net/dial-fixture.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-cert-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const plain = (text: string) => text;
const paint: Paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain, plate: plain };

/** Runs a verb as `main` would; what it says as JSON and to people. */
async function say(command: unknown, operands: string[], options = {}, state = 'state'): Promise<[Result, string]> {
  const said: [Result, string][] = [];
  const ui = {
    result: async (object: Result, human: (paint: Paint) => string) => void said.push([object, human(paint)]),
  };
  const env = { CS_STATE_DIR: join(scratch, state) };
  const ctx = { operands, options: { yes: false, dryRun: false, ...options }, env, ui } as unknown as CommandContext;
  const { run } = await (command as Command).load();
  await run(ctx);
  assert.equal(said.length, 1);
  return said[0]!;
}

test('cert ca makes the authority once and says where it is', async () => {
  const [first, text] = await say(certCaCommand, []);
  const path = join(scratch, 'state', 'ca', 'ca.pem');
  assert.deepEqual([first.schema, first.path, first.authority], ['cs.cert_ca/1', path, true]);
  assert.ok(text.startsWith(path) && text.includes(String(first.fingerprint_sha256)));
  assert.equal(parsePins(String(first.pin)).length, 1);
  const [again] = await say(certCaCommand, []);
  assert.equal(again.fingerprint_sha256, first.fingerprint_sha256);
});

test('cert issue writes a chain and a private key', async () => {
  const certFile = join(scratch, 'tls.crt');
  const keyFile = join(scratch, 'tls.key');
  const options = { certFile, keyFile };
  const [dry] = await say(certIssueCommand, ['app.test'], { ...options, dryRun: true });
  assert.equal(dry.dry_run, true);
  assert.ok(!existsSync(certFile) && !existsSync(keyFile));

  const [made] = await say(certIssueCommand, ['app.test', '10.0.0.1'], options);
  assert.deepEqual(made.names, ['app.test', '10.0.0.1']);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  const [leaf, authority] = certificatesIn(readFileSync(certFile, 'utf8'));
  assert.ok(leaf && authority && leaf.verify(authority.publicKey));

  await assert.rejects(say(certIssueCommand, ['app.test'], options), failing('CS_USAGE', 2, /exists/, /--yes/));
  const [other] = await say(certIssueCommand, ['app.test'], { ...options, yes: true });
  assert.notEqual(other.fingerprint_sha256, made.fingerprint_sha256);
  const foreign = say(certIssueCommand, ['example.com'], { ...options, yes: true });
  await assert.rejects(foreign, failing('CS_INPUT', 2, /cannot vouch/, /localhost/));
});

test('cert show tells what there is, and of any file', async () => {
  await assert.rejects(say(certShowCommand, [], {}, 'empty'), failing('CS_NOT_FOUND', 11, /no local/, /cs cert ca/));
  assert.ok(!existsSync(join(scratch, 'empty')), 'showing makes nothing');
  const [own] = await say(certShowCommand, []);
  assert.equal((own.certificates as unknown[]).length, readdirSync(join(scratch, 'state', 'ca')).length - 1);
  const [file, text] = await say(certShowCommand, [join(scratch, 'tls.crt')]);
  assert.equal((file.certificates as unknown[]).length, 2);
  assert.match(text, /for {10}app\.test/);
  const broken = join(scratch, 'broken.pem');
  writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  await assert.rejects(say(certShowCommand, [broken]), failing('CS_INPUT', 2, /damaged/));
  await assert.rejects(say(certShowCommand, [join(scratch, 'tls.key')]), failing('CS_INPUT', 2, /no certificate/));
});

test('cert trust prints commands and changes nothing', async () => {
  const before = readdirSync(join(scratch, 'state', 'ca'));
  const [object, text] = await say(certTrustCommand, []);
  const commands = object.commands as Record<string, string>;
  assert.deepEqual(Object.keys(commands), ['debian', 'fedora', 'macos', 'windows', 'firefox', 'node', 'once']);
  for (const lines of Object.values(commands)) assert.ok(lines.includes(String(object.path)), lines);
  assert.match(text, /^Nothing was changed/);
  assert.deepEqual(readdirSync(join(scratch, 'state', 'ca')), before);
});

test('AU-10 an authority that others can read is refused', async () => {
  const dir = join(scratch, 'open', 'ca');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { key, cert } = await createAuthority();
  writeFileSync(join(dir, 'authority.pem'), key + cert);
  chmodSync(join(dir, 'authority.pem'), 0o644);
  const options = { certFile: join(scratch, 'x'), keyFile: join(scratch, 'y') };
  const issue = say(certIssueCommand, ['a.test'], options, 'open');
  await assert.rejects(issue, failing('CS_UNSAFE', 16, /other users/, /chmod 600/));
  assert.ok(!existsSync(options.keyFile));
});
