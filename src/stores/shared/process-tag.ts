/** A name for this process that no later one has, so that what a dead process left behind can be told from the living's. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** How long a file of a process that cannot be seen from here (another container) counts as in use. */
const UNSEEN_FOR = 3_600_000;

function startOf(pid: number | 'self'): string {
  try {
    // Field 22, counted behind the command's name, which may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
  } catch {
    return '0';
  }
}

function seenFrom(): string {
  let space = '';
  try {
    space = readlinkSync('/proc/self/ns/pid');
  } catch {
    // No such thing here: one space for all.
  }
  return createHash('sha256').update(`${hostname()} ${space}`).digest('hex').slice(0, 8);
}

const HERE = seenFrom();
export const PROCESS_TAG = `${HERE}.${process.pid}.${startOf('self')}`;

/** @param usedAt when it last showed life, milliseconds since the epoch */
export function isAlive(tag: string, usedAt: number): boolean {
  const [where = '', pid = '', start = ''] = tag.split('.');
  if (tag === PROCESS_TAG) return true;
  if (where !== HERE) return Date.now() - usedAt < UNSEEN_FOR;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startOf(Number(pid)) === start;
}
