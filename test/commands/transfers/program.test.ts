/** The verbs as programs: exit codes, streams, signals, a terminal. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CS, sh, tool } from '../../interop/server.ts';

const home = mkdtempSync(join(tmpdir(), 'cs-program-'));
const at = (...names: string[]): string => join(home, ...names);
const env = { ...process.env, XDG_CONFIG_HOME: home, CI: '', NO_COLOR: '1' };
const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { env });

before(() => {
  mkdirSync(at('src/in'), { recursive: true });
  writeFileSync(at('src/a'), '1\n');
  writeFileSync(at('src/in/b'), '22\n');
  for (let file = 0; file < 2000; file++) writeFileSync(at('src/in', `f${file}`), '');
});
after(() => rmSync(home, { recursive: true, force: true }));

test('exit codes: each failure has its own', async () => {
  const codes: readonly (readonly [number, readonly string[]])[] = [
    [2, ['cp', at('src/a')]],
    [2, ['put', at('src/a'), at('b')]],
    [2, ['cp', 'gopher://x/', at('b')]],
    [7, ['ls', 'ftp://127.0.0.1:1/']],
    [11, ['get', at('none')]],
    [12, ['cp', at('src/a'), at('none'), at('src/in')]],
    [13, ['cp', at('src'), at('b')]],
    [13, ['sync', at('src/a'), at('b')]],
    [15, ['sync', at('src/in'), at('src/full'), '--delete', '--max-delete', '1']],
  ];
  mkdirSync(at('src/full'));
  for (const extra of ['x', 'y']) writeFileSync(at('src/full', extra), '');
  for (const [code, args] of codes) {
    const ran = await cs(...args);
    assert.deepEqual([ran.code, ran.stdout], [code, ''], `${args.join(' ')}: ${ran.stderr}`);
    assert.match(ran.stderr, /^(?:\d+ |warning: |error: )/m);
  }
  rmSync(at('src/full'), { recursive: true });
});

test('--json: an error is one object on stderr, the streams are NDJSON of a known shape', async () => {
  const failed = await cs('cp', at('none'), at('b'), '--json');
  const error = JSON.parse(failed.stderr);
  assert.deepEqual([error.schema, error.code, error.exit_code], ['cs.error/1', 'CS_NOT_FOUND', 11]);
  const lines = async (...args: string[]): Promise<Record<string, unknown>[]> => {
    const { code, stdout, stderr } = await cs(...args, '--json');
    assert.equal(code, 0, stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const [file, summary] = await lines('cp', at('src/a'), at('copy'));
  assert.deepEqual(Object.keys(file ?? {}), [
    ...['schema', 'action', 'from', 'to', 'bytes', 'proof', 'remote', 'resumed_bytes', 'attempts', 'ms', 'error'],
  ]);
  assert.deepEqual(Object.keys(summary ?? {}), [
    ...[
      'schema',
      'copied',
      'renamed',
      'skipped',
      'touched',
      'made',
      'removed',
      'failed',
      'bytes',
      'proof',
      'ms',
      'dry_run',
    ],
  ]);
  const [listed] = await lines('ls', at('copy'));
  assert.deepEqual(Object.keys(listed ?? {}), ['schema', 'name', 'kind', 'size', 'modified_at', 'mode', 'path']);
  const [step] = await lines('sync', at('src'), at('plan'), '--dry-run');
  assert.equal(step?.schema, 'cs.transfer/1');
  const [made] = await lines('mkdir', at('made'));
  assert.deepEqual(made, { schema: 'cs.mkdir/1', place: at('made'), made: 1, dry_run: false });
  const [gone] = await lines('rm', '-y', at('copy'));
  assert.deepEqual([gone?.schema, gone?.action], ['cs.transfer/1', 'removed']);
});

test('files are made as the umask of the caller says', async () => {
  const { code } = await sh(
    'sh',
    [
      '-c',
      `umask 027; "$0" "$1" cp - "$2" <"$3"; "$0" "$1" mkdir "$4"`,
      process.execPath,
      CS,
      at('masked'),
      at('src/a'),
      at('maskdir'),
    ],
    { env },
  );
  assert.equal(code, 0);
  assert.deepEqual([statSync(at('masked')).mode & 0o777, statSync(at('maskdir')).mode & 0o777], [0o640, 0o750]);
});

test('a reader that leaves (| head -1) is no failure; nobody to read stderr neither', async () => {
  const piped = await sh(
    'sh',
    ['-c', `{ "$0" "$1" ls -R "$2" --json; echo "exit $?" >&2; } | head -1`, process.execPath, CS, at('src')],
    { env },
  );
  assert.equal(piped.stderr, 'exit 0\n');
  assert.equal(piped.stdout.trimEnd().split('\n').length, 1);
  const closed = await sh(
    'sh',
    ['-c', '"$0" "$1" cp -v "$2" "$3" 2>&-', process.execPath, CS, at('src/a'), at('closed')],
    { env },
  );
  assert.equal(closed.code, 0);
  assert.equal(readFileSync(at('closed'), 'utf8'), '1\n');
});

test('Ctrl-C: exit 130, and nothing half under its name', async () => {
  const child = spawn(process.execPath, [CS, 'cp', '-', at('stopped')], { stdio: ['pipe', 'pipe', 'pipe'], env });
  const exit = once(child, 'exit');
  const seen = watch(home, (_event, name) => {
    if (!name?.startsWith('.cs-part-')) return;
    // Once: a second one ends it at once.
    seen.close();
    child.kill('SIGINT');
  });
  child.stdin.on('error', () => {}).write(Buffer.alloc(2_000_000));
  const [code] = await exit;
  assert.equal(code, 130);
  assert.deepEqual(
    readdirSync(home).filter((name) => /stopped|\.cs-/.test(name)),
    [],
  );
});

describe('a terminal', { skip: tool('script') === undefined }, () => {
  const typed = (input: string, ...args: string[]) =>
    sh('script', ['-qec', [process.execPath, CS, ...args].map((word) => `'${word}'`).join(' '), '/dev/null'], {
      input,
      env,
    });

  test('rm asks, and does what it is told', async () => {
    writeFileSync(at('asked'), '');
    const no = await typed('n\n', 'rm', at('asked'));
    assert.match(no.stdout, /remove this\? \[y\/N\]/);
    assert.ok(existsSync(at('asked')));
    const yes = await typed('y\n', 'rm', at('asked'));
    assert.match(yes.stdout, /1 removed/);
    assert.ok(!existsSync(at('asked')));
  });

  test('names do not steer it', async () => {
    writeFileSync(at('src/\u202eevil'), '');
    const { stdout } = await typed('', 'ls', at('src'));
    assert.match(stdout, /\\u202eevil/);
  });
});
