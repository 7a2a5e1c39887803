/** The command line as scripts rely on it (surface.md): grammar, streams, exit codes. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CS, sh } from '../interop/server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-program-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const env = { XDG_CONFIG_HOME: scratch, XDG_RUNTIME_DIR: scratch, CS_STATE_DIR: join(scratch, 'state') };
const cs = (args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  sh(process.execPath, [CS, ...args], { env: { ...env, ...more } });

describe('usage errors: exit 2, stdout empty, a hint', () => {
  const rows: [string, string[], RegExp][] = [
    ['unknown command', ['srve'], /did you mean cs serve\?/],
    ['unknown noun', ['send', 'mial'], /did you mean cs send mail\?/],
    ['noun missing', ['send'], /cs send mail/],
    ['unknown flag', ['serve', 'smtp', '--prot', '0'], /did you mean --port\?/],
    ['no abbreviation', ['serve', 'smtp', '--grac', '1s'], /did you mean --grace\?/],
    ['unknown service', ['serve', 'smpt'], /did you mean cs serve smtp\?/],
    ['no service', ['serve'], /nothing to serve/],
    ['bad duration', ['serve', 'smtp', '--grace', '5'], /--grace: not a duration/],
    ['bad choice', ['serve', 'smtp', '--auth', 'maybe'], /--auth: not one of any, required/],
    ['several services, one port', ['serve', 'mail', '--port', '2525'], /--port smtp=2525/],
    ['a password as an argument', ['send', 'mail', '--password', 'hunter22'], /--password-file/],
    ['a name as an address', ['serve', 'smtp', '--host', 'example.test'], /--public/],
    ['too many operands', ['doctor', 'now'], /cs doctor --help/],
    ['a dry run of a server', ['serve', 'smtp', '--dry-run'], /cs config show/],
    ['a flag before the command', ['--quiet', 'serve'], /cs --help lists/],
    ['both families excluded', ['get', '-4', '-6', 'http://127.0.0.1:1/'], /both families/],
    ['--print-env of a command', ['run', 'smtp', '--print-env', '--', 'true'], /leave out one/],
    ['no connections at all', ['serve', 'smtp', '--connections', '0'], /from 1 to/],
    ['the verb of accounts alone', ['user'], /cs user add · /],
    ['nothing in common', [''], /cs --help lists/],
    ['an operand missing', ['ls'], /needs <place>/],
    ['unknown topic', ['help', 'exit-code'], /did you mean cs help exit-codes\?/],
  ];
  for (const [name, args, said] of rows) {
    test(name, async () => {
      const ran = await cs(args);
      assert.equal(ran.code, 2, ran.stderr);
      assert.equal(ran.stdout, '');
      assert.match(ran.stderr, /^error: .+\nhint: {2}.+\n$/);
      assert.match(ran.stderr, said);
    });
  }

  test('with --json the error is one object on stderr', async () => {
    const ran = await cs(['serve', 'smpt', '--json']);
    assert.equal(ran.stdout, '');
    const object = JSON.parse(ran.stderr);
    assert.deepEqual(
      [object.schema, object.code, object.exit_code, object.retryable],
      ['cs.error/1', 'CS_USAGE', 2, false],
    );
  });
});

describe('a broken cs.yaml', () => {
  const folder = join(scratch, 'broken');
  const inside = (...args: string[]) =>
    sh('sh', ['-c', 'cd "$0" && exec "$@"', folder, process.execPath, CS, ...args], { env });
  before(() => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'cs.yaml'), 'prot: 1\n');
  });

  test('is no matter for what needs none', async () => {
    const schema = await inside('config', 'schema');
    assert.equal(schema.code, 0, schema.stderr);
    assert.equal(typeof JSON.parse(schema.stdout).properties, 'object');
    for (const args of [
      ['--version'],
      ['-V'],
      ['--help'],
      ['help'],
      ['help', 'env'],
      ['completion', 'bash'],
      ['ls', '--help'],
    ]) {
      const ran = await inside(...args);
      assert.deepEqual([ran.code, ran.stderr], [0, ''], args.join(' '));
      assert.ok(ran.stdout.length > 0);
    }
  });

  test('is what cs doctor tells, and what stops the others', async () => {
    const told = await inside('doctor', '--json');
    assert.equal(told.code, 1);
    const { checks } = JSON.parse(told.stdout) as { checks: { check: string; grade: string; said: string }[] };
    const found = checks.find(({ check }) => check === 'configuration');
    assert.equal(found?.grade, 'fail');
    assert.match(found?.said ?? '', /cs\.yaml.*prot/);
    const other = await inside('config', 'show');
    assert.deepEqual([other.code, other.stdout], [2, '']);
  });

  test('a flag that is wrong is wrong all the same', async () => {
    assert.equal((await inside('doctor', '--color', 'maybe')).code, 2);
  });
});

describe('nothing of that name: what else there is', () => {
  const rows: [string, string[], number, RegExp][] = [
    ['ls: a noun for a place', ['ls', 'mail'], 11, /mail is not there\nhint: {2}.*cs:\/\/NAME\/mail/],
    ['rm: a noun for a place', ['rm', 'mail'], 11, /mail is not there\nhint: {2}.*cs:\/\/NAME\/mail/],
    ['a file has no such hint', ['ls', 'mails'], 11, /mails is not there\n$/],
    [
      'no such instance',
      ['clear', '--name', 'nobody'],
      7,
      /no instance named nobody is running\nhint: {2}cs serve smtp/,
    ],
    ['nor by URL', ['ls', 'cs://nobody/mail'], 7, /no instance named nobody is running\nhint: {2}cs serve smtp/],
  ];
  for (const [name, args, code, said] of rows) {
    test(name, async () => {
      const ran = await cs(args);
      assert.deepEqual([ran.code, ran.stdout], [code, '']);
      assert.match(ran.stderr, said);
    });
  }
});

describe('configuration', () => {
  test('flag beats environment beats file beats default, and --origin says which', async () => {
    const file = join(scratch, 'a.yaml');
    writeFileSync(file, 'grace: 3s\nidleTime: 2m\nsmtp:\n  size: 1m\n');
    const ran = await cs(['config', 'show', '--origin', '--json', '--config', file, '--grace', '1s'], {
      CS_GRACE: '2s',
      CS_SMTP_SIZE: '2m',
    });
    const { values } = JSON.parse(ran.stdout);
    assert.deepEqual(values.grace, { value: 1000, origin: 'flag' });
    assert.deepEqual(values.idleTime, { value: 120_000, origin: file });
    assert.deepEqual(values['smtp.size'], { value: 2 ** 21, origin: 'env CS_SMTP_SIZE' });
    assert.equal(values.commandTime.origin, 'default');
  });

  for (const [name, text, said] of [
    ['unknown key', '\ngrase: 3s\n', /unknown-key\.yaml:2: unknown key grase/],
    ['unknown key of a section', 'smtp:\n  sise: 1m\n', /section\.yaml:2: unknown key smtp\.sise/],
    ['value that is none', 'idleTime: 1m\ngrace: soon\n', /grace \(.*none\.yaml:2\): not a duration/],
    ['list for one value', 'grace: [1s, 2s]\n', /list-for-one-value\.yaml:1: grace takes a value\n/],
    ['list for a map', '- grace\n', /not a map of keys/],
    ['tag of the core schema', 'grace: !!str 3s\n', /schema\.yaml:1: tags are not taken/],
    ['services that are no names', 'services: {smtp: on}\n', /yaml:1: services takes names/],
    ['key that is a list', '? - grace\n: 3s\n', /keys that are no text are not taken/],
    ['nesting that fills the stack', '? '.repeat(20_000), /nested too deep/],
    ['nesting in brackets', `grace: ${'[{'.repeat(10_000)}`, /nested too deep/],
    ['anchor', 'grace: &a 3s\n', /anchors are not taken/],
    ['alias', 'grace: 3s\nidleTime: *a\n', /alias/i],
    ['tag', 'grace: !x 3s\n', /tag/i],
    ['a map where a value belongs', 'grace:\n  a: 1\n', /grace takes a value/],
    ['twice', 'grace: 1s\ngrace: 2s\n', /unique/i],
  ] as const) {
    test(`${name} in cs.yaml is exit 2`, async () => {
      const file = join(scratch, `${name.replaceAll(' ', '-')}.yaml`);
      writeFileSync(file, text);
      const ran = await cs(['config', 'show', '--config', file]);
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, said);
    });
  }

  test('profiles, and services of the file', async () => {
    const file = join(scratch, 'p.yaml');
    writeFileSync(file, 'profiles:\n  ci:\n    grace: 9s\n');
    const ran = await cs(['config', 'show', '--json', '--config', file, '--profile', 'ci', '--pick', 'values.grace']);
    assert.equal(ran.stdout, '9000\n');
    assert.equal((await cs(['config', 'show', '--config', file, '--profile', 'no'])).code, 2);
  });
});

describe('output', () => {
  test('help on stdout, exit 0; without a command on stderr, exit 2', async () => {
    const ran = await cs(['--help']);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /^cs \d+\.\d+\.\d+/);
    assert.deepEqual(await cs([]), { code: 2, stdout: '', stderr: ran.stdout });
    assert.equal((await cs(['--version'])).stdout, (await cs(['-V'])).stdout);
  });

  test('a reader that leaves ends it quietly', async () => {
    const ran = await sh(
      'sh',
      ['-c', `"${process.execPath}" "${CS}" help env | head -1; "${process.execPath}" "${CS}" completion bash | true`],
      { env },
    );
    assert.equal(ran.stderr, '');
  });

  test('colour: forced, forbidden, and never in a pipe', async () => {
    assert.ok(!(await cs(['doctor'])).stdout.includes('\u001b['));
    assert.ok((await cs(['doctor'], { FORCE_COLOR: '1' })).stdout.includes('\u001b['));
    assert.ok(!(await cs(['doctor', '--color', 'never'], { FORCE_COLOR: '1' })).stdout.includes('\u001b['));
    assert.ok((await cs(['doctor', '--color', 'always'], { NO_COLOR: '1' })).stdout.includes('\u001b['));
    assert.ok(!(await cs(['nix', '--color', 'never'], { FORCE_COLOR: '1' })).stderr.includes('\u001b['));
    assert.ok((await cs(['nix', '--color=always'])).stderr.includes('\u001b['));
  });

  test('CS_JSON is --json, of errors too; empty is nothing', async () => {
    const told = await cs(['doctor'], { CS_JSON: '1' });
    assert.equal(JSON.parse(told.stdout).schema, 'cs.doctor/1');
    assert.deepEqual(Object.keys(JSON.parse((await cs(['doctor'], { CS_JSON: 'checks' })).stdout)).sort(), [
      'checks',
      'schema',
    ]);
    assert.equal(JSON.parse((await cs(['nix'], { CS_JSON: 'true' })).stderr).code, 'CS_USAGE');
    for (const no of ['', '0', 'false']) assert.match((await cs(['nix'], { CS_JSON: no })).stderr, /^error: /);
  });

  for (const [args, schema] of [
    [['help', 'env'], 'cs.help/1'],
    [['completion', 'bash'], 'cs.completion/1'],
  ] as const) {
    test(`cs ${args.join(' ')} --json is an object`, async () => {
      const object = JSON.parse((await cs([...args, '--json'])).stdout);
      assert.equal(object.schema, schema);
      assert.equal(object.text ?? object.script, (await cs(args)).stdout);
    });
  }

  for (const args of [['--version'], ['help'], ['doctor'], ['doctor', '--json']]) {
    test(`a full stdout is 13: cs ${args.join(' ')}`, async () => {
      const ran = await sh('sh', ['-c', `exec "${process.execPath}" "${CS}" ${args.join(' ')} >/dev/full`], { env });
      assert.equal(ran.code, 13);
      assert.match(ran.stderr, /no space left on device/);
      assert.doesNotMatch(ran.stderr, /\n\s+at /);
    });
  }

  test('doctor says whether a Node program that begins TLS by itself would trust us', async () => {
    const env = { CS_STATE_DIR: join(scratch, 'authority') };
    const authority = async (more = {}) => {
      const { checks } = JSON.parse((await cs(['doctor', '--json'], { ...env, ...more })).stdout);
      const { grade, said } = checks.find((one: { check: string }) => one.check === 'local authority');
      return `${grade} ${said}`;
    };
    assert.match(await authority(), /^ok none yet/);
    const path = (await cs(['cert', 'ca', '--pick', 'path'], env)).stdout.trim();
    assert.match(await authority(), /^warn .*cs cert trust.*--tls off/);
    assert.equal(await authority({ NODE_EXTRA_CA_CERTS: path }), `ok ${path}, in NODE_EXTRA_CA_CERTS`);
  });

  test('-o writes the whole result under its name or nothing', async () => {
    const file = join(scratch, 'out.json');
    assert.equal((await cs(['doctor', '--json', '-o', file])).stdout, '');
    const { readFileSync } = await import('node:fs');
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).schema, 'cs.doctor/1');
  });

  for (const flag of ['-o', '--log-file']) {
    test(`${flag} in a directory that is not there is 13, and names the file`, async () => {
      const file = join(scratch, 'none', 'out');
      const ran = await cs(['doctor', flag, file]);
      assert.equal(ran.code, 13);
      assert.match(ran.stderr, /^error: cannot write /);
      assert.ok(ran.stderr.includes(file));
    });
  }
});

describe('starting', () => {
  test('a busy port is exit 14 and names its owner', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    const ran = await cs(['serve', 'smtp', '--port', String(port)]);
    blocker.close();
    assert.equal(ran.code, 14);
    assert.match(ran.stderr, new RegExp(`port ${port} is in use by node \\(pid ${process.pid}\\)`));
    assert.match(ran.stderr, /--port 0/);
  });

  test('an open address without accounts and TLS is exit 16 and names the flags', async () => {
    const ran = await cs(['serve', 'smtp', '--public', '--port', '0']);
    assert.equal(ran.code, 16);
    assert.match(ran.stderr, /--allow-no-auth.*--allow-plaintext/);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    test(`completion for ${shell} knows every command`, async () => {
      const ran = await cs(['completion', shell]);
      assert.equal(ran.code, 0);
      for (const word of ['serve', 'run', 'wait', 'config', '--data'])
        assert.ok(ran.stdout.includes(shell === 'fish' ? word.replace(/^--/, '') : word), word);
    });
  }

  test('the bash script parses, and completes', async () => {
    const ran = await sh(
      'bash',
      [
        '-c',
        `source <("${process.execPath}" "${CS}" completion bash); COMP_WORDS=(cs ser); COMP_CWORD=1; _cs; echo "\${COMPREPLY[*]}"; COMP_WORDS=(cs serve sub); COMP_CWORD=2; _cs; echo "\${COMPREPLY[*]}"`,
      ],
      { env },
    );
    assert.equal(ran.stdout.trim(), 'serve\nsubmission', ran.stderr);
  });
});
