/** The command under test: started, watched, and ended with everything it started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { CsError } from '../../kit/errors.ts';
import type { Guard } from './guard.ts';

export interface ChildEnd {
  /** As a shell would say it: the exit code, or 128+n. */
  readonly code: number;
  readonly timedOut: boolean;
}

export interface ChildOrder {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds; undefined is for ever. */
  readonly timeout: number | undefined;
  readonly guard: Guard;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  readonly signal: AbortSignal;
}

/** stdin, stdout and stderr pass straight through. Throws `CS_CHILD_NOT_FOUND`, `CS_CHILD_NOT_EXECUTABLE`. */
export async function runChild(order: ChildOrder): Promise<ChildEnd> {
  const [file = '', ...args] = order.command;
  // A session of its own makes its group ours to end; on a terminal it must keep the terminal instead.
  const detached = !process.stdin.isTTY;
  const child = spawn(file, args, { stdio: 'inherit', env: order.env, detached });
  if (child.pid !== undefined) order.guard.watch(detached ? `-${child.pid}` : `${child.pid}`);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(startFailure(file, error)));
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
  let timedOut = false;
  const stop = (): void => terminate(child, detached, order.grace);
  const timer =
    order.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, order.timeout);
  order.signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await ended;
    return { code, timedOut };
  } finally {
    clearTimeout(timer);
    order.signal.removeEventListener('abort', stop);
    // What the command left running in its group must not outlive the servers it talks to.
    if (child.pid !== undefined) signalAll(child.pid, detached, 'SIGTERM');
  }
}

function startFailure(file: string, error: NodeJS.ErrnoException): CsError {
  if (error.code === 'ENOENT') return new CsError('CS_CHILD_NOT_FOUND', `command not found: ${file}`);
  if (error.code === 'EACCES') return new CsError('CS_CHILD_NOT_EXECUTABLE', `not executable: ${file}`);
  return new CsError('CS_RUN_FAILED', `cannot start ${file}: ${error.message}`, { cause: error });
}

function terminate(child: ChildProcess, detached: boolean, grace: number): void {
  const { pid } = child;
  if (pid === undefined) return;
  const all = detached ? [] : descendants(pid);
  signalAll(pid, detached, 'SIGTERM', all);
  const timer = setTimeout(() => signalAll(pid, detached, 'SIGKILL', all), grace);
  child.once('exit', () => clearTimeout(timer));
}

function signalAll(pid: number, group: boolean, name: NodeJS.Signals, more: readonly number[] = []): void {
  for (const target of group ? [-pid] : [pid, ...more]) {
    try {
      process.kill(target, name);
    } catch {
      // Gone already.
    }
  }
}

/** Every process below `pid`, from /proc; empty where there is none. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  try {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      } catch {
        // Ended while we looked.
      }
    }
  } catch {
    return [];
  }
  const below = new Set([pid]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [one, parent] of parents) {
      if (below.has(parent) && !below.has(one)) {
        below.add(one);
        grew = true;
      }
    }
  }
  below.delete(pid);
  return [...below];
}
