import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaults } from '../../../src/kit/option.ts';
import { COMMANDS, type CommandName } from '../../../src/protocols/ftp/commands.ts';
import { open } from '../../../src/stores/disk/open.ts';
import { options as diskOptions } from '../../../src/stores/disk/options.ts';
import { withoutDotfiles } from '../../../src/stores/wrap/files/dotfiles.ts';
import { noDelete, readOnly } from '../../../src/stores/wrap/files/read-only.ts';
import { type FtpClient, Stage, type StageOptions } from './stage.ts';

const LIMIT = { timeout: 120_000 };
const scratch = mkdtempSync(join(tmpdir(), 'cs-ftp-paths-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const root = join(scratch, 'data');
const SECRET = 'nobody may read this';
mkdirSync(join(root, 'dir'), { recursive: true });
mkdirSync(join(scratch, 'data-secret'));
writeFileSync(join(scratch, 'outside'), SECRET);
writeFileSync(join(scratch, 'data-secret/x'), SECRET);
writeFileSync(join(root, 'inside'), 'inside');
writeFileSync(join(root, '.env'), SECRET);
symlinkSync(join(scratch, 'outside'), join(root, 'absolute'));
symlinkSync('../outside', join(root, 'relative'));
symlinkSync('..', join(root, 'parent'));
symlinkSync('relative', join(root, 'chain'));
symlinkSync('inside', join(root, 'fine'));
symlinkSync('loop', join(root, 'loop'));

async function disk(more: StageOptions = {}): Promise<Stage> {
  const { tree } = await open({ root, options: defaults(diskOptions), log: () => {} });
  return Stage.open({ tree, ...more });
}

/** Every command that takes a path, as it asks for `path`; `*` needs a data connection. */
const ASK: Partial<Record<CommandName, (path: string) => string>> = {
  CWD: (path) => `CWD ${path}`,
  MKD: (path) => `MKD ${path}`,
  RMD: (path) => `RMD ${path}`,
  DELE: (path) => `DELE ${path}`,
  RNFR: (path) => `RNFR ${path}`,
  RETR: (path) => `RETR ${path}`,
  STOR: (path) => `STOR ${path}`,
  STOU: (path) => `STOU ${path}`,
  APPE: (path) => `APPE ${path}`,
  LIST: (path) => `LIST ${path}`,
  NLST: (path) => `NLST ${path}`,
  MLSD: (path) => `MLSD ${path}`,
  MLST: (path) => `MLST ${path}`,
  SIZE: (path) => `SIZE ${path}`,
  MDTM: (path) => `MDTM ${path}`,
  MFMT: (path) => `MFMT 20200101000000 ${path}`,
  MFF: (path) => `MFF UNIX.mode=0777; ${path}`,
  HASH: (path) => `HASH ${path}`,
  XCRC: (path) => `XCRC ${path}`,
  XMD5: (path) => `XMD5 ${path}`,
  XSHA1: (path) => `XSHA1 ${path}`,
  XSHA256: (path) => `XSHA256 ${path}`,
  XSHA512: (path) => `XSHA512 ${path}`,
  STAT: (path) => `STAT ${path}`,
  SITE: (path) => `SITE CHMOD 777 ${path}`,
};

test('every command that takes a path is asked here', () => {
  const taking = Object.entries(COMMANDS).filter(([, { args }]) => (args as readonly string[]).includes('path'));
  const asked = new Set([...Object.keys(ASK), 'RNTO', 'AVBL']);
  assert.deepEqual(
    taking.map(([name]) => name).filter((name) => !asked.has(name)),
    [],
  );
});

/** What comes of it: the reply, and whatever was sent. */
async function attempt(client: FtpClient, name: CommandName, path: string): Promise<string> {
  const command = ASK[name]!(path);
  if (!('data' in COMMANDS[name])) return client.ask(command);
  if (COMMANDS[name].data === 'in') return client.put(command, 'overwritten');
  const { content, reply } = await client.get(command);
  return `${reply}\n${content}`;
}

async function refusedEverywhere(paths: readonly string[]): Promise<void> {
  await using stage = await disk();
  const client = await stage.login();
  for (const name of Object.keys(ASK) as CommandName[]) {
    for (const path of paths) {
      const said = await attempt(client, name, path);
      assert.match(said, /^(?:501|550|553|500|213-listing\n213 end|213 |226 done\n$)/, `${name} ${path}: ${said}`);
      assert.ok(!said.includes(SECRET) && !said.includes('outside'), `${name} ${path}`);
    }
  }
  assert.equal(readFileSync(join(scratch, 'outside'), 'utf8'), SECRET);
  assert.equal(readFileSync(join(scratch, 'data-secret/x'), 'utf8'), SECRET);
}

test('PA-01 every way to climb out, by every command', LIMIT, () =>
  refusedEverywhere([
    '..',
    '../',
    '../outside',
    '/../outside',
    'dir/../../outside',
    '..\\outside',
    '..%5coutside\\',
    '//../etc/passwd',
    '....//....//outside',
    '..;/outside',
  ]),
);

test('PA-01 what is encoded elsewhere is a name here, and none that is there', LIMIT, async () => {
  await using stage = await disk();
  const client = await stage.login();
  for (const path of [
    '..%2foutside',
    '%2e%2e/outside',
    '%252e%252e%252foutside',
    '/%2fetc/passwd',
    '//etc/passwd',
    'file:///etc/passwd',
  ]) {
    assert.match((await client.get(`RETR ${path}`)).reply, /^550/, path);
  }
  client.send(
    Buffer.concat([Buffer.from('RETR '), Buffer.from([0xc0, 0xae, 0xc0, 0xae]), Buffer.from('/outside\r\n')]),
  );
  assert.match(await client.reply(), /^501/);
});

test('PA-02 a sibling whose name begins alike', LIMIT, () =>
  refusedEverywhere(['../data-secret/x', '/../data-secret/x']),
);

test('PA-04 too long, too deep, and controls', LIMIT, async () => {
  await using stage = await disk();
  const client = await stage.login();
  for (const path of ['x'.repeat(256), 'x'.repeat(4097), 'a/'.repeat(4000), 'a\x00b', 'a\x1fb']) {
    assert.match((await client.get(`RETR ${path}`)).reply, /^(?:501|550)/);
    assert.match(await client.put(`STOR ${path}`, 'x'), /^(?:501|553)/);
  }
});

test('PA-05 links that lead out, by every command', LIMIT, async () => {
  await refusedEverywhere(['parent/outside', 'parent/data-secret/x']);
  await using stage = await disk();
  const client = await stage.login();
  for (const path of ['absolute', 'relative', 'chain', 'loop']) {
    assert.match((await client.get(`RETR ${path}`)).reply, /^550/, path);
    assert.match(await client.ask(`SIZE ${path}`), /^550/, path);
    assert.match(await client.ask(`HASH ${path}`), /^550/, path);
    assert.match((await client.get(`MLSD ${path}`)).reply, /^550/, path);
  }
  assert.equal((await client.get('RETR fine')).content, 'inside');
});

test('PA-06 there is no command that makes a link', LIMIT, async () => {
  await using stage = await disk();
  const client = await stage.login();
  for (const command of ['SITE SYMLINK ../outside x', 'SITE LN ../outside x', 'SITE EXEC ln -s ../outside x']) {
    assert.equal(await client.code(command), 504);
  }
});

test('PA-07 names that mean something else on another platform', LIMIT, () =>
  refusedEverywhere(['CON', 'NUL.txt', 'aux::$DATA', 'file.', 'dir/file ', 'C:x', '\\\\?\\x', 'PROGRA~1', 'a\\b']),
);

test('PA-09 dotfiles are not there unless they are asked for', LIMIT, async () => {
  await using stage = await disk({ wraps: [withoutDotfiles] });
  const client = await stage.login();
  for (const name of Object.keys(ASK) as CommandName[]) {
    const said = await attempt(client, name, '.env');
    assert.match(said, /^5/, `${name}: ${said}`);
  }
  assert.ok(!(await client.get('MLSD')).content.includes('.env'));
});

const CHANGES: readonly CommandName[] = ['MKD', 'RMD', 'DELE', 'STOR', 'STOU', 'APPE', 'MFMT', 'MFF', 'SITE'];

test('PA-12 read only: every command that changes something is refused by the storage', LIMIT, async () => {
  await using stage = await disk({ wraps: [readOnly] });
  const client = await stage.login();
  for (const name of CHANGES) {
    const path = name === 'RMD' ? 'dir' : name === 'MKD' ? 'made' : 'inside';
    assert.match(await attempt(client, name, path), /^550/, name);
  }
  assert.match(await client.ask('RNFR inside'), /^550/);
  assert.equal((await client.get('RETR inside')).content, 'inside');
  assert.match(await client.ask('MLST inside'), /;perm=r;/);
});

test('PA-12 without --delete: files come and change, and none goes', LIMIT, async () => {
  await using stage = await Stage.open({ wraps: [noDelete] });
  await stage.put('inside', 'inside');
  const client = await stage.login();
  assert.equal(await client.put('STOR fresh', 'x'), '226 stored');
  assert.match(await client.ask('DELE inside'), /^550/);
  assert.match(await client.ask('RMD dir'), /^550/);
  assert.equal(await client.put('STOR inside', 'other'), '226 stored');
  assert.ok(!(await client.ask('MLST inside')).includes('d;'));
});
