/** IMAP servers beside each other: ours on either store, Dovecot (Debian) with a Maildir. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startDovecot } from '../test/interop/dovecot.ts';
import { stopped } from './peer-process.ts';

const CS = fileURLToPath(new URL('../../bin/cs.js', import.meta.url));
/** Milliseconds of a clock tick in /proc. */
const TICK = 10;

export interface ImapPeer {
  readonly name: string;
  readonly port: number;
  /** Milliseconds of CPU so far, all of its processes. */
  cpu(): number;
  /** Resident octets of ours; undefined for one of many processes. */
  resident(): number | undefined;
  stop(): Promise<void>;
}

export async function startOurs(store: 'memory' | 'embedded'): Promise<ImapPeer> {
  const home = mkdtempSync(join(process.env.CS_BENCH_DIR ?? tmpdir(), 'cs-bench-'));
  const place =
    store === 'embedded' ? ['--data', join(home, 'data')] : ['--memory-messages', '200000', '--memory-bytes', '2g'];
  const many = ['--connections', '3000'];
  const args = ['serve', 'imap', '--port', '0', '--json', '--name', `bench-${process.pid}-${store}`, ...place, ...many];
  const child = spawn(process.execPath, [CS, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CS_STATE_DIR: home },
  });
  const lines = createInterface({ input: child.stdout! });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`cs ended with ${code}`)));
  ended.catch(() => {});
  const [ready] = (await Promise.race([once(lines, 'line'), ended])) as [string];
  lines.on('line', () => {});
  const { servers } = JSON.parse(ready) as { servers: readonly { id: string; port: number }[] };
  return {
    name: `cs (${store})`,
    port: servers.find(({ id }) => id === 'imap')!.port,
    cpu: () => cpuOf(child.pid!),
    resident: () => residentOf(child),
    stop: async () => {
      await stopped(child);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function startTheirs(): Promise<ImapPeer> {
  const dovecot = await startDovecot('/usr/sbin/dovecot');
  return {
    name: 'Dovecot (Maildir)',
    port: dovecot.port,
    cpu: () => descendants(dovecot.pid).reduce((sum, pid) => sum + cpuOf(pid), 0),
    resident: () => undefined,
    stop: () => dovecot.stop(),
  };
}

/** With what ended children left to it. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0) * TICK;
  } catch {
    return 0;
  }
}

function residentOf({ pid }: ChildProcess): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return pages * 4096;
}

function processes(): { readonly pid: number; readonly parent: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [{ pid: Number(name), parent: Number(stat.split(') ')[1]?.split(' ')[1]) }];
      } catch {
        return [];
      }
    });
}

function descendants(root: number): number[] {
  const all = processes();
  const found = [root];
  for (const pid of found) found.push(...all.filter(({ parent }) => parent === pid).map((one) => one.pid));
  return found;
}
