import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

const LISTENING = '0A';

/** The process that listens on a TCP port here; undefined where the system does not tell. */
export async function findPortOwner(port: number): Promise<PortOwner | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readOr(path, '')));
  const inodes = new Set(tables.flatMap((table) => listeners(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of await readdirOr('/proc')) {
    if (!/^\d+$/.test(pid) || !(await holds(pid, inodes))) continue;
    return { pid: Number(pid), name: await programOf(pid) };
  }
  return undefined;
}

/** The name of its executable: `comm` is the main thread's name, which Node 24 sets to MainThread. */
async function programOf(pid: string): Promise<string> {
  const path = await readlink(`/proc/${pid}/exe`).catch(() => '');
  if (path !== '') return basename(path.replace(/ \(deleted\)$/, ''));
  return (await readOr(`/proc/${pid}/comm`, 'unknown')).trim();
}

/** Rows are `sl local:PORT remote:PORT state ... inode`, numbers in hexadecimal. */
function listeners(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((row) => {
    const columns = row.trim().split(/\s+/);
    return columns[1]?.endsWith(suffix) && columns[3] === LISTENING && columns[9] ? [columns[9]] : [];
  });
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  for (const fd of await readdirOr(`/proc/${pid}/fd`)) {
    const link = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(link) ?? [];
    if (inodes.has(inode)) return true;
  }
  return false;
}

async function readOr(path: string, otherwise: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => otherwise);
}

async function readdirOr(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}
