/** What `cs serve` says, and where: the ready line or one error, a value of it, the dialogue (surface.md sections 4 and 7). */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, test } from 'node:test';
import { CS, sh } from '../interop/server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'cs-said-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const env = {
  ...process.env,
  XDG_RUNTIME_DIR: scratch,
  XDG_CONFIG_HOME: scratch,
  CS_STATE_DIR: join(scratch, 'state'),
};

/** Starts it, gives its first line of stdout to `use`, and stops it. */
async function served(args: readonly string[], use: (line: string) => Promise<void> | void) {
  const child = spawn(process.execPath, [CS, 'serve', 'smtp', '--port', '0', ...args], { env });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    stdout += `${line}\n`;
  });
  await once(lines, 'line');
  await use(stdout.trim());
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('nobody can be told that it is ready: one error, no ready line', () => {
  const none = join(scratch, 'none', 'file');
  for (const [flag, value] of [
    ['--ready-file', none],
    ['--ready-fd', '99'],
    ['--log-file', none],
    ['--transcript', none],
  ] as const) {
    test(flag, async () => {
      const ran = await sh(process.execPath, [CS, 'serve', 'smtp', '--port', '0', '--json', flag, value], { env });
      assert.equal(ran.code, 13);
      assert.equal(ran.stdout, '');
      assert.equal(JSON.parse(ran.stderr).code, 'CS_LOCAL_IO');
    });
  }
});

for (const [args, expected] of [
  [['--pick', 'servers.0.id'], 'smtp'],
  [['--format', '{name} {servers.0.protocol}', '--json'], 'dev smtp'],
] as const) {
  test(`${args.join(' ')}: that of the ready object, and no events`, async () => {
    const { code, stdout } = await served(args, () => {});
    assert.deepEqual([code, stdout], [0, `${expected}\n`]);
  });
}

if (process.getuid?.() === 0)
  test('root is told so once, not with -q or --json', async () => {
    const told = /warning: running as root/;
    assert.match((await served(['--pick', 'name'], () => {})).stderr, told);
    assert.doesNotMatch((await served(['--pick', 'name', '-q'], () => {})).stderr, told);
    assert.doesNotMatch((await served(['--json'], () => {})).stderr, told);
  });

test('--transcript and -vv: the dialogue of both ends, each conversation under its name, lines on the screen with their time', async () => {
  const ours = join(scratch, 'server.txt');
  const theirs = join(scratch, 'client.txt');
  let sent = '';
  const ran = await served(['--transcript', ours, '-vv', '--pick', 'env.CS_SMTP_URL'], async (url) => {
    const flags = ['--to', 'ann@x.test', '--text', 'hello', '--tls', 'off', '--transcript', theirs, '-vv'];
    sent = (await sh(process.execPath, [CS, 'send', 'mail', url, ...flags], { env })).stderr;
  });
  const saved = readFileSync(ours, 'utf8');
  assert.match(saved, /^# smtp \S+\n(?:# .*\n)*S: 220 /);
  assert.match(saved, /^C: MAIL FROM:<.*>/m);
  assert.match(readFileSync(theirs, 'utf8'), /^C: RCPT TO:<ann@x\.test>/m);
  assert.match(sent, /^\d\d:\d\d:\d\d\.\d{3} C: RCPT TO:<ann@x\.test>/m);
  assert.match(ran.stderr, /^\d\d:\d\d:\d\d\.\d{3} smtp \S+ C: RCPT TO:<ann@x\.test>/m);
});
