/** A mailbox moves: from Dovecot (Debian) to our server, from there to another Dovecot account, and into a Maildir it can serve. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { noise } from '../property.ts';
import { type Dovecot, startDovecot } from './dovecot.ts';
import { CS, type Serving, serve, sh, tool } from './server.ts';

const dovecot = tool('dovecot');
const home = mkdtempSync(join(tmpdir(), 'cs-imap-sync-'));
const COUNT = 120;

/** With nothing remembered from other runs. */
async function cs(...args: string[]) {
  return sh(process.execPath, [CS, ...args], { env: { CS_STATE_DIR: join(home, 'state') }, timeout: 120_000 });
}

async function sync(from: string, to: string, ...more: string[]) {
  const { code, stdout, stderr } = await cs('sync', from, to, '--json', ...more);
  assert.equal(code, 0, stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { summary: lines.at(-1)!, steps: lines.slice(0, -1) };
}

/** Octets, flags and dates of all there is, as `cs ls` and `cs get` tell it. */
async function everything(url: string): Promise<string[]> {
  const boxes = (await cs('ls', url, '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { mailbox: string });
  const rows: string[] = [];
  for (const { mailbox } of boxes) {
    const { stdout } = await cs('ls', `${url}${encodeURI(mailbox)}`, '--json');
    for (const line of stdout.split('\n').filter(Boolean)) {
      const { size, subject, received_at: at, flags } = JSON.parse(line) as Record<string, string & string[]>;
      rows.push(JSON.stringify([mailbox, size, subject, at, [...(flags ?? [])].sort()]));
    }
  }
  return rows.sort();
}

function mbox(count: number, start: number): string {
  const lines: string[] = [];
  for (let at = start; at < start + count; at++) {
    const time = new Date(1_600_000_000_000 + at * 60_000).toUTCString();
    const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time)!;
    const body = noise((at * 37) % 3000)
      .toString('base64')
      .replace(/.{76}/g, '$&\n');
    lines.push(`From a@x.test Mon ${month} ${day!.padStart(2)} ${clock} ${year}\n`);
    lines.push(`From: Bob <bob@y.test>\nTo: ann@x.test\nSubject: message ${at} ü\n`);
    lines.push(`${at % 7 === 0 ? '' : `Message-ID: <m${at}@y.test>\n`}${at % 2 ? 'Status: RO\n' : ''}\n${body}\n\n`);
  }
  return lines.join('');
}

describe('imap sync with Dovecot', { skip: dovecot ? false : 'dovecot is not installed' }, () => {
  let theirs: Dovecot;
  let ours: Serving;
  const our = (user: string, path = '') => `imap://${user}:x@127.0.0.1:${ours.port('imap')}/${path}`;

  before(async () => {
    theirs = await startDovecot(dovecot!);
    ours = await serve(['imap'], { data: true });
    writeFileSync(join(home, 'in.mbox'), mbox(COUNT, 0));
    writeFileSync(join(home, 'more.mbox'), mbox(20, 1000));
    for (const name of ['Sent', 'Work/2026 ä']) await cs('mkdir', '-p', theirs.url('ann', encodeURI(name)));
    await sync(join(home, 'in.mbox'), theirs.url('ann', 'INBOX'));
    await sync(join(home, 'more.mbox'), theirs.url('ann', 'Work/2026%20%C3%A4'));
  });
  after(async () => {
    await theirs.stop();
    await ours.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('from Dovecot to ours and back to Dovecot: the same mail, and a second run of each changes nothing', async () => {
    const first = await sync(theirs.url('ann'), our('ann'));
    assert.equal(first.summary.copied, COUNT + 20);
    const back = await sync(our('ann'), theirs.url('back'));
    assert.equal(back.summary.copied, COUNT + 20);
    const before = await everything(theirs.url('ann'));
    assert.equal(before.length, COUNT + 20);
    assert.deepEqual(await everything(our('ann')), before);
    assert.deepEqual(await everything(theirs.url('back')), before);
    for (const [from, to] of [
      [theirs.url('ann'), our('ann')],
      [our('ann'), theirs.url('back')],
    ] as const) {
      const { summary, steps } = await sync(from, to);
      assert.deepEqual([summary.copied, summary.flagged, summary.same, steps], [0, 0, COUNT + 20, []]);
    }
    rmSync(join(home, 'state'), { recursive: true });
    assert.deepEqual((await sync(our('ann'), theirs.url('back'))).steps, [], 'also when all is forgotten');
  });

  test('killed again and again, it ends with every message once', async () => {
    for (const target of [our('killed'), theirs.url('killed')]) {
      for (const copied of [3, 40, 90]) await killAfter(copied, theirs.url('ann'), target);
      await sync(theirs.url('ann'), target);
      assert.deepEqual(await everything(target), await everything(theirs.url('ann')));
    }
  });

  test('a Maildir that was exported is one that Dovecot serves', async () => {
    const out = join(home, 'maildir');
    mkdirSync(join(out, 'cur'), { recursive: true });
    mkdirSync(join(out, 'new'));
    mkdirSync(join(out, 'tmp'));
    await sync(theirs.url('ann'), out);
    assert.ok(readdirSync(out).includes('.Work.2026 &AOQ-'));
    await cs('ls', theirs.url('served'));
    cpSync(out, theirs.maildir('served'), { recursive: true, preserveTimestamps: true });
    await sh('chown', ['-R', '65534:65534', theirs.maildir('served')]);
    assert.deepEqual(await everything(theirs.url('served')), await everything(theirs.url('ann')));
  });

  test('messages go between mailboxes, accounts and files', async () => {
    await cs('mkdir', our('verbs', 'Box'));
    const put = await sh(process.execPath, [CS, 'put', '-', our('verbs', 'Box'), '--flag', '\\Flagged'], {
      input: 'Subject: hello\n\nhi\n',
    });
    assert.equal(put.code, 0, put.stderr);
    assert.equal((await cs('get', our('verbs', 'Box/1'))).stdout, 'Subject: hello\r\n\r\nhi\r\n');
    assert.equal((await cs('cp', our('verbs', 'Box/*'), theirs.url('verbs', 'INBOX'))).code, 0);
    assert.equal((await cs('mv', theirs.url('verbs', 'INBOX/1'), our('verbs', 'INBOX'))).code, 0);
    assert.equal((await cs('mv', our('verbs', 'Box'), our('verbs', 'Kiste'))).code, 0);
    const listed = JSON.parse((await cs('ls', our('verbs'), '--pick', 'mailboxes')).stdout) as {
      mailbox: string;
      messages: number;
    }[];
    assert.deepEqual(
      listed.map(({ mailbox, messages }) => [mailbox, messages]),
      [
        ['INBOX', 1],
        ['Kiste', 1],
      ],
    );
    assert.equal((await cs('ls', theirs.url('verbs', 'INBOX'))).stdout.trim(), '');
    assert.equal((await cs('rm', '-r', our('verbs', 'Kiste'), '-y')).code, 0);
    assert.equal((await cs('get', our('verbs', 'Kiste/1'))).code, 11);
  });
});

/** SIGKILL when so many have been copied, or it ends by itself before. */
async function killAfter(copied: number, from: string, to: string): Promise<void> {
  const env = { ...process.env, CS_STATE_DIR: join(home, 'state') };
  const child = spawn(process.execPath, [CS, 'sync', from, to, '--json'], { stdio: ['ignore', 'pipe', 'ignore'], env });
  let seen = 0;
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    if (line.includes('"copied"')) seen += 1;
    if (seen === copied) child.kill('SIGKILL');
  });
  await once(child, 'exit');
}

test('an account by STARTTLS, by TLS from the first byte, and not at all where the certificate is foreign', async () => {
  const server = await serve(['imap', 'imaps', '--tls']);
  try {
    const urls = [
      `imap+starttls://ann:x@127.0.0.1:${server.port('imap')}/`,
      `imaps://ann:x@127.0.0.1:${server.port('imaps')}/`,
    ];
    for (const url of urls) {
      const ran = await server.cs('ls', url, '--pick', 'mailboxes.0.mailbox');
      assert.deepEqual([ran.code, ran.stdout.trim()], [0, 'INBOX'], ran.stderr);
      assert.equal((await cs('ls', url)).code, 5, 'another authority');
    }
    const plain = await serve(['imap', '--tls=off']);
    const refused = await server.cs('ls', `imap+starttls://ann:x@127.0.0.1:${plain.port('imap')}/`);
    await plain.stop();
    assert.equal(refused.code, 5, refused.stderr);
  } finally {
    await server.stop();
  }
});
