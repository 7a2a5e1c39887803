/** The verbs on local paths, from argv: what there is afterwards, and what was said. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Command } from '../../../src/commands/command.ts';
import { cpCommand } from '../../../src/commands/cp/command.ts';
import { getCommand } from '../../../src/commands/get/command.ts';
import { lsCommand } from '../../../src/commands/ls/command.ts';
import { mkdirCommand } from '../../../src/commands/mkdir/command.ts';
import { mvCommand } from '../../../src/commands/mv/command.ts';
import { putCommand } from '../../../src/commands/put/command.ts';
import { rmCommand } from '../../../src/commands/rm/command.ts';
import { syncCommand } from '../../../src/commands/sync/command.ts';
import { fails } from '../../conformance/harness.ts';
import { runVerb } from '../send-mail-context.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cs-verbs-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const at = (...names: string[]): string => join(home, ...names);
const run = (command: unknown, ...argv: string[]) => runVerb(command as Command, argv);

/** Files by their paths; a name that ends with a slash is a directory. */
function fill(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    if (path.endsWith('/')) mkdirSync(at(path), { recursive: true });
    else {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), content);
    }
  }
}

function files(below: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(at(below), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = at(below, name);
    found[statSync(path).isDirectory() ? `${name}/` : name] = statSync(path).isDirectory()
      ? ''
      : readFileSync(path, 'utf8');
  }
  return found;
}

describe('cs cp', () => {
  test('a file to a name, a file into a directory, several into a directory; times are kept', async () => {
    fill({ a: 'one', b: 'two', 'd/': '' });
    utimesSync(at('a'), 1_577_934_245.5, 1_577_934_245.5);
    await run(cpCommand, at('a'), at('c'));
    await run(cpCommand, at('a'), at('d'));
    await run(cpCommand, at('b'), at('a'), at('d/'));
    assert.equal(readFileSync(at('c'), 'utf8'), 'one');
    assert.deepEqual(files('d'), { a: 'one', b: 'two' });
    assert.equal(statSync(at('c')).mtimeMs, 1_577_934_245_500);
  });

  test('a directory needs -r, and goes under the new name or below what is there', async () => {
    fill({ 'src/a': '1', 'src/in/b': '2', 'src/empty/': '' });
    await fails('CS_IS_DIRECTORY', () => run(cpCommand, at('src'), at('dst')));
    await run(cpCommand, '-r', at('src'), at('dst'));
    const whole = { a: '1', 'empty/': '', 'in/': '', 'in/b': '2' };
    assert.deepEqual(files('dst'), whole);
    await run(cpCommand, '-r', at('src'), at('dst'));
    assert.deepEqual(files('dst/src'), whole);
  });

  test('a target that is not there and was meant to be a directory is refused before anything is done', async () => {
    fill({ a: '1', b: '2' });
    await fails('CS_NOT_FOUND', () => run(cpCommand, at('a'), at('no/')));
    await fails('CS_NOT_FOUND', () => run(cpCommand, at('a'), at('b'), at('no')));
    await fails('CS_NOT_FOUND', () => run(cpCommand, at('a'), at('no/such/c')));
    await fails('CS_NOT_DIRECTORY', () => run(cpCommand, at('a'), at('b/')));
    assert.deepEqual(files('.'), { a: '1', b: '2' });
  });

  test('a copy onto itself, or of a directory into itself, is refused', async () => {
    fill({ 'd/a': '1' });
    symlinkSync(at('d'), at('link'));
    await fails('CS_USAGE', () => run(cpCommand, at('d/a'), at('d/a')));
    await fails('CS_USAGE', () => run(cpCommand, at('link/a'), at('d')));
    await fails('CS_USAGE', () => run(cpCommand, '-r', at('d'), at('d/inside')));
  });

  test('patterns: * ? [] **; the thing itself where it is there', async () => {
    fill({
      'src/a.txt': 'a',
      'src/b.txt': 'b',
      'src/c.md': 'c',
      'src/in/d.txt': 'd',
      'src/x[1]': 'x',
      'src/x1': 'y',
      'out/': '',
    });
    await run(cpCommand, at('src/?.txt'), at('out'));
    assert.deepEqual(Object.keys(files('out')), ['a.txt', 'b.txt']);
    await run(cpCommand, at('src/**/*.txt'), at('out'));
    assert.deepEqual(Object.keys(files('out')), ['a.txt', 'b.txt', 'd.txt']);
    await run(cpCommand, at('src/x[1]'), at('out'));
    assert.equal(files('out')['x[1]'], 'x');
    await fails('CS_NOT_FOUND', () => run(cpCommand, at('src/*.pdf'), at('out')));
  });

  test('--no-clobber leaves what is there, --update replaces only what is older', async () => {
    fill({ a: 'new', b: 'old' });
    utimesSync(at('a'), 2000, 2000);
    utimesSync(at('b'), 3000, 3000);
    await run(cpCommand, '--no-clobber', at('a'), at('b'));
    await run(cpCommand, '--update', at('a'), at('b'));
    assert.equal(readFileSync(at('b'), 'utf8'), 'old');
    utimesSync(at('b'), 1000, 1000);
    await run(cpCommand, '--update', at('a'), at('b'));
    assert.equal(readFileSync(at('b'), 'utf8'), 'new');
  });

  test('--dry-run says what would go and writes nothing', async () => {
    fill({ 'src/a': '1' });
    const { results } = await run(cpCommand, '-r', '--dry-run', '--json', at('src'), at('dst'));
    assert.deepEqual(
      results.map(({ action }) => action),
      ['made', 'copied', undefined],
    );
    assert.ok(!existsSync(at('dst')));
  });

  test('--json: an object a file and a summary; the proof is named', async () => {
    fill({ 'src/a': '12345' });
    const { results } = await run(cpCommand, '--json', '--verify=hash', at('src/a'), at('b'));
    const [file, summary] = results;
    assert.deepEqual(
      { ...file, ms: 0 },
      {
        ...{ schema: 'cs.transfer/1', action: 'copied', from: at('src/a'), to: at('b'), bytes: 5, proof: 'sha256' },
        ...{ remote: false, resumed_bytes: 0, attempts: 1, ms: 0, error: null },
      },
    );
    assert.deepEqual([summary?.schema, summary?.copied, summary?.bytes, summary?.proof], ['cs.cp/1', 1, 5, 'sha256']);
  });

  test('some fail: the others are there, exit 12; one and only: its own code', async () => {
    fill({ a: '1', 'd/': '', 'd/b/': '', b: '2' });
    const error = await fails('CS_PARTIAL', () => run(cpCommand, at('a'), at('b'), at('gone'), at('d')));
    assert.equal(error.exit, 12);
    assert.equal(files('d').a, '1');
    await fails('CS_NOT_FOUND', () => run(cpCommand, at('gone'), at('d')));
  });

  test('a name that other systems take for another is told, and the rest is there', async () => {
    fill({ 'src/a': '1', 'src/in/b ': '2', 'src/in/c': '3' });
    for (const [command, args] of [
      [cpCommand, ['-r', at('src'), at('dst')]],
      [syncCommand, [at('src'), at('mirror')]],
    ] as const) {
      await fails('CS_PARTIAL', () => run(command, ...args));
      assert.deepEqual(Object.keys(files(command === cpCommand ? 'dst' : 'mirror')), ['a', 'in/', 'in/c']);
    }
  });

  test('case 8: a link that leads up is entered once', async () => {
    fill({ 'src/a': '1' });
    symlinkSync('.', at('src/self'));
    await run(cpCommand, '-r', at('src'), at('dst'));
    assert.deepEqual(Object.keys(files('dst')), ['a', 'self/']);
  });
});

describe('cs mv', () => {
  test('in one place: a rename, also of a directory, also between directories', async () => {
    fill({ 'a/x': '1', 'a/y': '2', 'b/': '' });
    const { results } = await run(mvCommand, '--json', at('a/x'), at('b'));
    assert.equal(results[0]?.action, 'renamed');
    await run(mvCommand, at('a'), at('b/c'));
    assert.deepEqual(files('.'), { 'b/': '', 'b/c/': '', 'b/c/y': '2', 'b/x': '1' });
  });

  test('--no-clobber keeps both', async () => {
    fill({ a: '1', b: '2' });
    const { results } = await run(mvCommand, '--no-clobber', '--json', at('a'), at('b'));
    assert.equal(results[0]?.action, 'skipped');
    assert.deepEqual(files('.'), { a: '1', b: '2' });
  });
});

describe('cs rm', () => {
  test('asks first; -y does not; a directory needs -r', async () => {
    fill({ a: '1', 'd/b': '2', 'd/e/c': '3' });
    assert.equal((await run(rmCommand, at('a'))).code, 1);
    await fails('CS_IS_DIRECTORY', () => run(rmCommand, '-y', at('d')));
    await run(rmCommand, '-y', '--dry-run', '-r', at('d'));
    assert.deepEqual(Object.keys(files('.')), ['a', 'd/', 'd/b', 'd/e/', 'd/e/c']);
    await run(rmCommand, '-y', '-r', at('d'));
    assert.deepEqual(files('.'), { a: '1' });
  });

  test('one name that is not there, and nothing is removed', async () => {
    fill({ a: '1' });
    await fails('CS_NOT_FOUND', () => run(rmCommand, '-y', at('a'), at('b')));
    assert.ok(existsSync(at('a')));
  });

  test('a link goes, never what it leads to', async () => {
    fill({ 'precious/a': '1', 'd/b': '2' });
    symlinkSync(at('precious'), at('d/link'));
    symlinkSync(at('precious'), at('top'));
    symlinkSync(at('precious/a'), at('d/file'));
    await run(rmCommand, '-y', at('top'));
    await run(rmCommand, '-y', '-r', at('d'));
    assert.deepEqual(files('.'), { 'precious/': '', 'precious/a': '1' });
  });
});

describe('cs ls, get, put, mkdir', () => {
  test('ls: columns; sorts; nothing in a name steers a terminal', async () => {
    fill({ 'd/a': '123', 'd/b': '1', 'd/c/': '', 'd/\u202ered': '' });
    utimesSync(at('d/a'), 1000, 1000);
    const { lines } = await run(lsCommand, at('d'));
    const rows = lines.trimEnd().split('\n');
    assert.match(rows[0]!, /^3 B {2}1970-01-01 00:16 {2}a$/);
    assert.match(rows[2]!, /^ {2}- {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}c\/$/);
    assert.match(rows[3]!, /\\u202ered$/);
    const { results } = await run(lsCommand, '--json', '--sort', 'size', at('d'));
    assert.deepEqual(
      results.slice(0, 2).map(({ name, size, kind }) => [name, size, kind]),
      [
        ['a', 3, 'file'],
        ['b', 1, 'file'],
      ],
    );
  });

  test('ls -R names everything below; --pick has all of it in one object', async () => {
    fill({ 'd/a': '1', 'd/e/b': '22' });
    const { results } = await run(lsCommand, '-R', at('d'), '--pick', 'count');
    assert.deepEqual([results[0]?.count, results[0]?.bytes], [3, 3]);
    assert.deepEqual(
      (results[0]!.entries as { name: string }[]).map(({ name }) => name),
      ['a', 'e', 'e/b'],
    );
  });

  test('get: to stdout, to a file, into a directory, as an object', async () => {
    fill({ 'd/a': 'ä\n', 'd/b': '\xff', 'out/': '' });
    assert.equal(Buffer.from((await run(getCommand, at('d/a'))).bytes, 'latin1').toString(), 'ä\n');
    await run(getCommand, at('d/a'), '-o', at('x'));
    await run(getCommand, at('d/*'), '-o', at('out'));
    assert.deepEqual([files('out').a, readFileSync(at('x'), 'utf8')], ['ä\n', 'ä\n']);
    assert.equal((await run(getCommand, at('d/a'), '--json')).results[0]?.text, 'ä\n');
    await fails('CS_IS_DIRECTORY', () => run(getCommand, at('d')));
    await fails('CS_NOT_FOUND', () => run(getCommand, at('d/nothing')));
    await fails('CS_NOT_DIRECTORY', () => run(getCommand, '-r', at('d'), '-o', at('x')));
  });

  test('put needs a URL; mail goes to the server that is named, or nowhere', async () => {
    fill({ a: '1' });
    await fails('CS_USAGE', () => run(putCommand, at('a'), at('b')));
    await fails('CS_CANNOT_CONNECT', () => run(cpCommand, at('a'), 'cs://none-of-this-name/mail/'));
    assert.deepEqual(files('.'), { a: '1' });
  });

  test('mkdir: one level, -p for all of them, which does not mind what stands', async () => {
    await fails('CS_NOT_FOUND', () => run(mkdirCommand, at('a/b/c')));
    await run(mkdirCommand, '-p', at('a/b/c'));
    await run(mkdirCommand, '-p', at('a/b/c'));
    await fails('CS_EXISTS', () => run(mkdirCommand, at('a')));
    assert.deepEqual(Object.keys(files('.')), ['a/', 'a/b/', 'a/b/c/']);
  });
});
