/** `cs run` as its users call it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CS, sh } from '../interop/server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-run-test-'));
const temporary = join(scratch, 'tmp');
const env = { TMPDIR: temporary, CS_STATE_DIR: join(scratch, 'state'), CS: `${process.execPath} ${CS}`, CI: '' };
const { mkdirSync } = await import('node:fs');
mkdirSync(temporary);
after(() => rmSync(scratch, { recursive: true, force: true }));

const cs = (...args: string[]) => sh(process.execPath, [CS, ...args], { env });
const left = () => readdirSync(temporary).filter((name) => name.startsWith('cs-run-'));

const SEND =
  '$CS send mail "$CS_SMTP_URL" --from app@x.test --to ann@x.test --subject "Your code" --text "Your code is 482913." >/dev/null';

describe('cs run', () => {
  test('the whole round: send by the URL, wait, extract, exit 0, nothing left', async () => {
    const ran = await cs(
      'run',
      'smtp',
      'pop3',
      '--',
      'sh',
      '-c',
      `${SEND} && test "$($CS wait mail --to ann@x.test --extract code)" = 482913`,
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stdout, '');
    assert.deepEqual(left(), []);
  });

  test("the exit code is the command's; 128+n by signal; 127 and 126 when it cannot start", async () => {
    assert.equal((await cs('run', 'smtp', '--', 'sh', '-c', 'exit 7')).code, 7);
    assert.equal((await cs('run', 'smtp', '--', 'sh', '-c', 'kill -9 $$')).code, 137);
    assert.equal((await cs('run', 'smtp', '--', '/nonexistent/program')).code, 127);
    assert.equal((await cs('run', 'smtp', '--', '/etc/passwd')).code, 126);
    assert.equal((await cs('run', 'smtp')).code, 2);
    assert.equal((await cs('run', 'smpt', '--', 'true')).code, 2);
  });

  test('124 at the time limit, and the group is gone', async () => {
    const ran = await cs(
      'run',
      'smtp',
      '--timeout',
      '300ms',
      '--grace',
      '300ms',
      '--',
      'sh',
      '-c',
      'sleep 600 & sleep 600',
    );
    assert.equal(ran.code, 124, ran.stderr);
  });

  test('failure shows the conversation and the mail; artefacts and JUnit hold them', async () => {
    const out = join(scratch, 'out');
    const ran = await cs(
      'run',
      'smtp',
      '--artifacts',
      out,
      '--report',
      `junit=${out}.xml`,
      '--',
      'sh',
      '-c',
      `${SEND}; exit 3`,
    );
    assert.equal(ran.code, 3);
    assert.match(ran.stderr, /captured mail: 1/);
    assert.match(ran.stderr, /#1 to ann@x\.test subject "Your code"/);
    assert.match(ran.stderr, /C: MAIL FROM:<app@x\.test>/);
    assert.match(readFileSync(join(out, 'mail/1.eml'), 'utf8'), /Your code is 482913\./);
    assert.match(readFileSync(join(out, 'events.ndjson'), 'utf8'), /"event":"mail\.stored"/);
    assert.equal(readdirSync(join(out, 'transcripts')).length, 1);
    assert.match(readFileSync(`${out}.xml`, 'utf8'), /<testsuite[^>]*failures="1"/);
  });

  test('a near miss says what came instead', async () => {
    const ran = await cs(
      'run',
      'smtp',
      '--',
      'sh',
      '-c',
      `${SEND}; $CS wait mail --to ann@x.test --subject /verify/i --timeout 300ms`,
    );
    assert.equal(ran.code, 124);
    assert.match(
      ran.stderr,
      /1 message arrived, none matched: #1 to ann@x\.test subject "Your code" \(subject did not match \/verify\/i\)/,
    );
  });

  test('--fail-on unexpected-mail turns success into 1, unless a wait took it', async () => {
    const unexpected = await cs('run', 'smtp', '--fail-on', 'unexpected-mail', '--', 'sh', '-c', SEND);
    assert.equal(unexpected.code, 1);
    assert.match(unexpected.stderr, /unexpected mail #1/);
    const expected = await cs(
      'run',
      'smtp',
      '--fail-on',
      'unexpected-mail',
      '--',
      'sh',
      '-c',
      `${SEND} && $CS wait mail --to ann@x.test -q`,
    );
    assert.equal(expected.code, 0, expected.stderr);
  });

  test('presets, --map and a name that is already set', async () => {
    const script = 'echo "$MAIL_HOST|$MAIL_PORT|$MY_HOST|$CS_SMTP_HOST" ; test "$MAIL_PORT" = "$CS_SMTP_PORT"';
    const ran = await sh(
      process.execPath,
      [
        CS,
        'run',
        'smtp',
        '--env-preset',
        'laravel',
        '--map',
        'MY_HOST={smtp.host}:{smtp.port}',
        '--',
        'sh',
        '-c',
        script,
      ],
      { env: { ...env, MAIL_HOST: 'mine' } },
    );
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^mine\|\d+\|127\.0\.0\.1:\d+\|127\.0\.0\.1\n$/);
  });

  test('a private inbox per SMTP user name', async () => {
    const script = `$CS send mail "smtp://test7:x@127.0.0.1:$CS_SMTP_PORT" --to ann@x.test --subject seven --text hi -q &&
      $CS send mail "$CS_SMTP_URL" --to ann@x.test --subject other --text hi -q &&
      test "$($CS ls "pop3://test7:x@127.0.0.1:$CS_POP3_PORT" --format '{subject}')" = seven`;
    const ran = await cs('run', 'smtp', 'pop3', '--', 'sh', '-c', script);
    assert.equal(ran.code, 0, ran.stderr);
  });

  test('ten runs side by side do not meet, and leave nothing', async () => {
    const script = `${SEND} && $CS wait mail --to ann@x.test --count 1 --for 0 -q 2>/dev/null || $CS wait mail --to ann@x.test -q`;
    const runs = await Promise.all(
      Array.from({ length: 10 }, () => cs('run', 'smtp', 'pop3', '--', 'sh', '-c', script)),
    );
    for (const ran of runs) assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(left(), []);
  });

  test('SIGKILL of cs: the servers are gone at once, and the next start removes the directory', async () => {
    const child = spawn(
      process.execPath,
      [CS, 'run', 'smtp', '--', 'sh', '-c', 'echo "$CS_SMTP_PORT $CS_RUN_DIR"; exec sleep 20'],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const line = await new Promise<string>((resolve) =>
      child.stdout.on('data', (chunk) => resolve(String(chunk).trim())),
    );
    const [port = '', directory = ''] = line.split(' ');
    assert.ok(existsSync(directory));
    // The pipe ends when the last process that holds it is gone: cs, and the command it ran.
    const ended = new Promise((resolve) => child.stdout.once('end', resolve));
    child.kill('SIGKILL');
    await ended;
    const probe = await cs('wait', 'port', `127.0.0.1:${port}`, '--timeout', '200ms');
    assert.equal(probe.code, 124);
    assert.equal((await cs('run', 'smtp', '--', 'true')).code, 0);
    assert.equal(existsSync(directory), false);
  });
});
