/** What holds for every command and every option, read off the lists. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { commandOptions } from '../../src/commands/context.ts';
import { globalGroups } from '../../src/commands/globals.ts';
import { commandHelp } from '../../src/commands/help-text.ts';
import { commands } from '../../src/commands/list.ts';
import { sectionFlags } from '../../src/commands/sections.ts';
import { flagName, type Options } from '../../src/kit/option.ts';
import { protocols } from '../../src/registry.ts';
import { CS, ROOT } from '../interop/server.ts';

describe('every option', () => {
  const tables: [string, Options][] = [
    ...Object.entries(globalGroups as Record<string, Options>),
    ...protocols.map((protocol): [string, Options] => [protocol.name, protocol.options]),
    ...commands.map((command): [string, Options] => [command.path, command.options]),
  ];
  for (const [where, options] of tables) {
    for (const [key, option] of Object.entries(options)) {
      test(`${where} --${flagName(key)} says what it does, and its default parses`, () => {
        assert.ok(option.help.length > 5, 'help');
        assert.ok(!option.help.endsWith('.'), 'one clause, no full stop');
        assert.match(key, /^[a-z][a-zA-Z0-9]*$/);
        if (option.default !== undefined) option.parse(option.default);
      });
    }
  }
  test('a protocol flag never hides a global one', () => {
    const globals = new Set(Object.values(globalGroups).flatMap((group) => Object.keys(group)));
    const flags = sectionFlags().map(({ flag }) => flag);
    assert.deepEqual(
      flags.filter((flag) => globals.has(flag)),
      [],
    );
    // Stores may share an option, and then it is one and the same.
    const options = new Map(sectionFlags().map(({ flag, option }) => [flag, option]));
    for (const { flag, option } of sectionFlags()) assert.equal(options.get(flag), option, flag);
  });
});

describe('every command', () => {
  for (const command of commands) {
    test(`cs ${command.path} has a summary, examples first, and loads`, async () => {
      assert.ok(command.summary.length > 5 && !command.summary.endsWith('.'));
      assert.ok(command.examples.length > 0);
      assert.equal(typeof (await command.load()).run, 'function');
      const help = commandHelp(command);
      assert.ok(help.indexOf('Examples:') < help.indexOf('Usage:'));
      for (const [key, option] of Object.entries(commandOptions(command))) {
        if (option.hidden || command.ownArguments) continue;
        assert.ok(help.includes(`--${flagName(key)}`), key);
        if (option.default !== undefined) assert.ok(help.includes(`default ${option.default}`), `${key}: default`);
      }
    });
  }
});

test('--report is a flag of those that check something, --artifacts of who has servers to tell of (surface.md section 11)', () => {
  const taking = (flag: string): string[] =>
    commands.filter((command) => Object.hasOwn(commandOptions(command), flag)).map(({ path }) => path);
  const waits = commands.filter(({ path }) => path.startsWith('wait ')).map(({ path }) => path);
  assert.deepEqual(taking('report').sort(), ['probe', 'run', 'send request', ...waits].sort());
  assert.deepEqual(taking('artifacts'), ['run']);
});

describe('start-up', () => {
  test('cs --help loads no package', () => {
    const { stderr, status } = spawnSync(process.execPath, [CS, '--help'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG: 'esm,module' },
      maxBuffer: 1 << 28,
    });
    assert.equal(status, 0);
    // Ours only: the Node that runs this may itself lie in some node_modules.
    const [, ...loaded] = stderr.split(`${realpathSync(join(ROOT, 'node_modules'))}/`);
    const packages = new Set(loaded.map((path) => /^(?:@[\w.-]+\/)?[\w.-]+/.exec(path)?.[0]));
    assert.deepEqual([...packages], []);
  });

  test('cs get http:// loads neither TLS nor what only others need', () => {
    const tell = 'process.on("exit", () => process.stderr.write(process.moduleLoadList.join("\\n")))';
    const args = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, CS, 'get', 'http://127.0.0.1:1/'];
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const loaded = new Set(stderr.split('\n'));
    assert.ok(loaded.has('NativeModule net'));
    for (const name of ['tls', 'crypto', 'zlib', 'child_process', 'http', 'http2', 'dns/promises']) {
      assert.ok(!loaded.has(`NativeModule ${name}`), name);
    }
  });

  test('what the program says of itself is what docs/reference/help.txt holds, word for word', () => {
    const golden = readFileSync(join(ROOT, 'docs/reference/help.txt'), 'utf8');
    for (const asked of ['--help', 'help serve', 'help wait mail', 'help sendmail']) {
      const { stdout } = spawnSync(process.execPath, [CS, ...asked.split(' ')], { encoding: 'utf8' });
      assert.ok(stdout.length > 200 && golden.includes(`$ cs ${asked}\n${stdout}`), asked);
    }
    for (const { path } of commands) assert.ok(golden.includes(`$ cs help ${path}\n`), path);
  });

  test('docs/reference is what the source says', () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(ROOT, 'scripts/docs.js'), '--check'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stdout + stderr);
  });

  test('the layer rule holds, and checked something', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/layers.js')], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.ok(Number(/(\d+) imports/.exec(stdout)?.[1]) > 100);
  });
});
