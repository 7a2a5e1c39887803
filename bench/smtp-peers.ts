/** The servers that `bench/smtp.ts` compares, each started when it is needed and gone afterwards. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accepts, freePort, stopped } from './peer-process.ts';

export interface Running {
  readonly name: string;
  readonly port: number;
  /** Undefined for a server that was running before. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

async function listening(name: string, port: number, command: string, args: readonly string[]): Promise<Running> {
  const child = spawn(command, args, { stdio: 'ignore', cwd: root });
  await accepts(port);
  return { name, port, pid: child.pid, stop: () => stopped(child) };
}

/** Ours, on disk or in memory. */
export async function startCs(name: string, where: 'disk' | 'memory'): Promise<Running> {
  const dir = mkdtempSync(join(process.env.CS_BENCH_DIR ?? tmpdir(), 'cs-bench-'));
  const data = where === 'disk' ? ['--data', join(dir, 'data')] : [];
  const ready = join(dir, 'ready.json');
  const args = [
    'bin/cs.js',
    'serve',
    'smtp',
    '--port',
    '0',
    '--quiet',
    '--ready-file',
    ready,
    '--name',
    `bench-${process.pid}-${where}`,
  ];
  const child = spawn(process.execPath, [...args, ...data], { stdio: ['ignore', 'ignore', 'inherit'], cwd: root });
  for (let tries = 0; !existsSync(ready); tries++) {
    if (tries > 400 || child.exitCode !== null) throw new Error('cs did not start');
    await sleep(25);
  }
  const [server] = (JSON.parse(readFileSync(ready, 'utf8')) as { servers: { port: number }[] }).servers;
  const stop = async () => {
    await stopped(child);
    rmSync(dir, { recursive: true, force: true });
  };
  return { name, port: server?.port ?? 0, pid: child.pid, stop };
}

/** Postfix's sink: C, and it throws everything away. */
export async function startSink(): Promise<Running> {
  const port = await freePort();
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  return listening('smtp-sink', port, 'smtp-sink', [...user, `127.0.0.1:${port}`, '1000']);
}

/** The library that ours stands on, as it comes, throwing everything away. */
export async function startBare(): Promise<Running> {
  const port = await freePort();
  const script = fileURLToPath(new URL('./smtp-bare.js', import.meta.url));
  return listening('smtp-server bare', port, process.execPath, [script, String(port)]);
}

/** MailDev from npm, installed into `bench/scratch` once. */
export async function startMailDev(): Promise<Running> {
  const scratch = join(root, 'bench/scratch');
  const bin = join(scratch, 'node_modules/maildev/dist/bin/maildev.js');
  if (!existsSync(bin)) {
    mkdirSync(scratch, { recursive: true });
    // Its own engines do not concern ours, nor do those of what it brings along.
    const args = [
      'install',
      '--prefix',
      scratch,
      '--no-save',
      '--no-package-lock',
      '--engine-strict=false',
      'maildev@3',
    ];
    spawnSync('npm', args, { stdio: 'inherit' });
  }
  const [port, web] = [await freePort(), await freePort()];
  return listening('MailDev', port, process.execPath, [bin, '--smtp', `${port}`, '--web', `${web}`, '--silent']);
}

/** One that runs already: `--also postfix=25`. */
export function runningPeer(text: string): Running {
  const [name = '', port = ''] = text.split('=');
  if (!/^\d{1,5}$/.test(port)) throw new Error(`not NAME=PORT: ${text}`);
  return { name, port: Number(port), pid: undefined, stop: async () => {} };
}

export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}
