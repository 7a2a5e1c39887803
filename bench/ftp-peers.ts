/** The servers that `bench/ftp.ts` compares, over one directory, each started when it is needed and gone afterwards. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, stopped } from './peer-process.ts';

export interface Running {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Not on everybody's path. */
export const VSFTPD = '/usr/sbin/vsftpd';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Until it greets. */
async function greets(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket
        .once('data', () => resolve(true))
        .once('error', () => resolve(false))
        .once('end', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error(`nothing greets on port ${port}`);
}

async function greeting(name: string, port: number, command: string, args: readonly string[]): Promise<Running> {
  const child = spawn(command, args, { stdio: 'ignore', cwd: ROOT });
  await greets(port);
  return { name, port, pid: child.pid ?? 0, stop: () => stopped(child) };
}

/** @param dir `box` in it can be written by everybody */
export async function startCs(dir: string, scratch: string): Promise<Running> {
  const ready = join(scratch, 'ready.json');
  const args = ['bin/cs.js', 'serve', 'ftp', '--files', dir, '--write', '--delete', '--port', '0', '--quiet'];
  const name = `bench-ftp-${process.pid}`;
  const child = spawn(process.execPath, [...args, '--ready-file', ready, '--name', name], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: ROOT,
  });
  for (let tries = 0; !existsSync(ready); tries++) {
    if (tries > 400 || child.exitCode !== null) throw new Error('cs did not start');
    await sleep(25);
  }
  const [server] = (JSON.parse(readFileSync(ready, 'utf8')) as { servers: { port: number }[] }).servers;
  return { name: 'cs', port: server?.port ?? 0, pid: child.pid ?? 0, stop: () => stopped(child) };
}

export async function startVsftpd(dir: string, scratch: string): Promise<Running> {
  const port = await freePort();
  const empty = join(scratch, 'empty');
  mkdirSync(empty, { recursive: true });
  chmodSync(empty, 0o755);
  const config = join(scratch, 'vsftpd.conf');
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    anonymous_enable: 'YES',
    no_anon_password: 'YES',
    anon_root: dir,
    ftp_username: 'ftp',
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_mkdir_write_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_umask: '022',
    xferlog_enable: 'NO',
    secure_chroot_dir: empty,
    seccomp_sandbox: 'NO',
  };
  writeFileSync(
    config,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
    { mode: 0o644 },
  );
  return greeting('vsftpd', port, VSFTPD, [config]);
}

export async function startPyftpdlib(dir: string): Promise<Running> {
  const port = await freePort();
  return greeting('pyftpdlib', port, '/usr/bin/python3', [
    ...['-m', 'pyftpdlib', '-i', '127.0.0.1', '-p', String(port), '-w', '-d', dir],
  ]);
}

export function has(command: string, ...args: string[]): boolean {
  const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
  return error === undefined && status === 0;
}
