/** A real vsftpd (Debian) over a directory: anonymous, with everything allowed below it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

export interface ForeignServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** @param root what clients see as `/`  @param more of its configuration */
export async function startVsftpd(
  program: string,
  root: string,
  more: Readonly<Record<string, string | number>> = {},
): Promise<ForeignServer> {
  const home = mkdtempSync(join(tmpdir(), 'cs-vsftpd-'));
  const port = await freePort();
  mkdirSync(join(home, 'empty'));
  const config: Readonly<Record<string, string | number>> = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    run_as_launching_user: 'YES',
    anonymous_enable: 'YES',
    no_anon_password: 'YES',
    local_enable: 'NO',
    anon_root: root,
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_mkdir_write_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_world_readable_only: 'NO',
    anon_umask: '022',
    mdtm_write: 'YES',
    seccomp_sandbox: 'NO',
    secure_chroot_dir: join(home, 'empty'),
    xferlog_enable: 'NO',
    // Unpacked, not installed, it has no user of its own.
    ftp_username: 'nobody',
    ...more,
  };
  const file = join(home, 'vsftpd.conf');
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
  const child = spawn(program, [file], { stdio: 'ignore' });
  await accepts(port, child);
  return {
    url: `ftp://127.0.0.1:${port}`,
    port,
    stop: async () => {
      await ended(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Until it does; throws where the program ends first. */
export async function accepts(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await sleep(25);
  }
  throw new Error(`nothing accepts on port ${port}`);
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 5000);
  await once(child, 'exit');
  clearTimeout(forced);
}
