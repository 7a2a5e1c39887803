/** `cs run` as its users call it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { CS, sh } from '../interop/server.ts';
import { OWN } from '../net/own-address.ts';
import { RawPeer } from '../transcripts/raw-peer.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-run-test-'));
const temporary = join(scratch, 'tmp');
const env = { TMPDIR: temporary, CS_STATE_DIR: join(scratch, 'state'), CS: `${process.execPath} ${CS}`, CI: '' };
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
      `${SEND}; $CS wait mail --to ann@x.test --subject /verify/i --timeout 2s`,
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

  test('--fail-on unexpected-request: what went to --capture and no wait took', async () => {
    const ask = (more: string) =>
      cs(
        ...['run', 'web', '--capture', '/hook', '--fail-on', 'unexpected-request', '--', 'sh', '-c'],
        `$CS send request POST "\${CS_WEB_URL}hook" a=1; $CS get "\${CS_WEB_URL}none" 2>/dev/null; ${more}`,
      );
    const unexpected = await ask('true');
    assert.equal(unexpected.code, 1);
    assert.match(unexpected.stderr, /unexpected request #\d+ POST \/hook -> 200: no cs wait took it/);
    assert.doesNotMatch(unexpected.stderr, /unexpected request .*none/);
    const expected = await ask('$CS wait request --path /hook -q');
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

  /** A run that is there until its stdin ends, and where its servers are. */
  async function held() {
    const script = 'echo "$CS_SMTP_PORT $CS_POP3_PORT"; read -r _; exit 0';
    const child = spawn(process.execPath, [CS, 'run', 'smtp', 'pop3', '--', 'sh', '-c', script], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const [line] = (await Promise.race([once(child.stdout, 'data'), exited])) as [unknown];
    const [smtp = 0, pop3 = 0] = String(line).trim().split(' ').map(Number);
    const end = async () => {
      child.stdin.end();
      return (await exited)[0];
    };
    return { smtp, pop3, end };
  }

  /** What the server answers to each line, the greeting first. */
  async function talk(port: number, lines: readonly string[]): Promise<string[]> {
    const peer = new RawPeer(connect(port, '127.0.0.1'));
    const answers = [await peer.line()];
    for (const line of lines) {
      peer.send(`${line}\r\n`);
      answers.push(await peer.line());
    }
    if (lines.at(-1)?.startsWith('RETR')) answers.push((await peer.lines()).join('\n'));
    peer.stream.destroy();
    return answers;
  }

  // The test itself is the client of all ten: more programs would only make it a test of the machine's patience.
  test('ten runs side by side do not meet, and leave nothing', async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, held));
    assert.equal(new Set(runs.flatMap(({ smtp, pop3 }) => [smtp, pop3])).size, 20);
    assert.equal(left().length, 10);
    const sent = await Promise.all(
      runs.map(({ smtp }, at) =>
        talk(smtp, [
          'HELO t',
          'MAIL FROM:<app@x.test>',
          'RCPT TO:<ann@x.test>',
          'DATA',
          `Subject: ${at}\r\n\r\nhi\r\n.`,
        ]),
      ),
    );
    for (const answers of sent) assert.match(answers.at(-1)!, /^250 /);
    const read = await Promise.all(
      runs.map(({ pop3 }) => talk(pop3, ['USER ann@x.test', 'PASS any', 'STAT', 'RETR 1'])),
    );
    for (const [at, answers] of read.entries()) {
      assert.match(answers[3]!, /^\+OK 1 /, 'one message, and no other run');
      assert.match(answers.at(-1)!, new RegExp(`^Subject: ${at}$`, 'm'));
    }
    assert.deepEqual(await Promise.all(runs.map(({ end }) => end())), Array(10).fill(0));
    assert.deepEqual(left(), []);
  });

  /** Starts a run, kills cs at its command's first word; resolves when cs and all that the command started are gone. */
  async function killed(script: string): Promise<string> {
    const child = spawn(process.execPath, [CS, 'run', 'smtp', '--host', OWN, '--', 'sh', '-c', script], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    // The pipe ends when the last process that holds it is gone.
    const ended = once(child.stdout, 'end');
    const [line] = await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await ended;
    return String(line).trim();
  }

  /** Resolves when no run has a directory any more. */
  function noneLeft(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (left().length > 0) return;
        watcher.close();
        resolve();
      };
      const watcher = watch(temporary, look);
      look();
    });
  }

  // As a script: CS_KILL_ROUNDS=100 for a hundred times ten.
  test('SIGKILL of cs, ten at a time: no process, port or directory outlives it', { timeout: 600_000 }, async () => {
    const script = 'echo "$CS_SMTP_PORT"; setsid sleep 600 & sleep 600 & exec sleep 600';
    for (let round = 0; round < Number(process.env.CS_KILL_ROUNDS ?? 1); round++) {
      const ports = await Promise.all(Array.from({ length: 10 }, () => killed(script)));
      await noneLeft();
      const probes = ports.map((port) => cs('wait', 'port', `${OWN}:${port}`, '--timeout', '200ms'));
      assert.deepEqual(
        (await Promise.all(probes)).map(({ code }) => code),
        Array(10).fill(124),
      );
    }
  });

  test('SIGKILL of cs: what hears no SIGTERM is killed after a second', { timeout: 60_000 }, async () => {
    await killed('trap "" TERM; echo "$CS_RUN_DIR"; while :; do sleep 600; done');
    await noneLeft();
  });

  test('--print-env and SIGKILL: nothing is left either', { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [CS, 'run', 'smtp', '--print-env'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await noneLeft();
  });

  test('what a killed run and its guard left behind, the next start removes', async () => {
    const path = join(temporary, 'cs-run-00000000abcd');
    mkdirSync(path);
    const dead = spawn('true');
    await once(dead, 'exit');
    writeFileSync(join(path, 'pid'), String(dead.pid));
    assert.equal((await cs('run', 'smtp', '--', 'true')).code, 0);
    assert.deepEqual(left(), []);
  });
});
