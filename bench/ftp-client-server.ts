import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ended, type ForeignServer } from '../test/interop/vsftpd.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `cs serve ftp` over `files`. */
export async function startOurs(files: string, scratch: string): Promise<ForeignServer> {
  const ready = join(scratch, 'ready.json');
  rmSync(ready, { force: true });
  const args = ['serve', 'ftp', '--files', files, '--write', '--delete', '--port', '0', '-q', '--ready-file', ready];
  const child = spawn(process.execPath, ['bin/cs.js', ...args, '--name', `bench-${process.pid}`], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!existsSync(ready) && child.exitCode === null) await sleep(25);
  const [server] = (JSON.parse(readFileSync(ready, 'utf8')) as { servers: { port: number }[] }).servers;
  const port = server?.port ?? 0;
  return { port, url: `ftp://127.0.0.1:${port}`, stop: () => ended(child) };
}
