/** A directory per run, 0700, gone at the end; what a killed run left behind, the next one removes. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guard, startGuard } from './guard.ts';

const PREFIX = 'cs-run-';
/** The longest path a Unix socket may have on Linux is 107 octets. */
const LONGEST = 107 - '/control.sock'.length;

export interface RunDirectory {
  readonly id: string;
  readonly path: string;
  readonly socket: string;
  /** Removes it, and ends what it watches, if this process is killed. */
  readonly guard: Guard;
  remove(): void;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes directories of this user whose process is gone. A process id used again only delays that. */
export function removeStale(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(root, name);
    try {
      if (process.getuid !== undefined && statSync(path).uid !== process.getuid()) continue;
      const pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
      if (pid > 0 && !alive(pid)) rmSync(path, { recursive: true, force: true });
    } catch {
      // Another run is creating or removing it right now.
    }
  }
}

export async function createRunDirectory(): Promise<RunDirectory> {
  const id = randomBytes(6).toString('hex');
  const root = join(tmpdir(), PREFIX + id).length > LONGEST ? '/tmp' : tmpdir();
  removeStale(root);
  const path = join(root, PREFIX + id);
  // First the guard: from the first moment on somebody removes it.
  const guard = startGuard(path);
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, 'pid'), String(process.pid), { mode: 0o600 });
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true });
    guard.release();
  };
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return { id, path, socket: join(path, 'control.sock'), guard, remove };
}
