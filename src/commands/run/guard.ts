/** If `cs` is SIGKILLed it can end nothing itself: a process of its own ends the run then. */
import { spawn } from 'node:child_process';

export interface Guard {
  /** `target` is what `kill` takes: a process, or a group as `-PGID`. */
  watch(target: string): void;
  /** The run has ended by itself. */
  release(): void;
}

/**
 * The shell holds the other end of a pipe. The first line names the command; when the pipe closes, the command and
 * whatever else has the run in its environment is ended, and the run's directory removed.
 *
 * The environment counts because `cs` may die between the start of the command and the line that names it, and because
 * a command on a terminal has no group of its own. It is asked twice: at first it may not be there yet.
 */
const GUARD = `
read -r target || target=
read -r _
end() { kill -s "$1" -- $target $(grep -lsF -- "CS_RUN_DIR=$directory" /proc/[0-9]*/environ | cut -d/ -f3); }
directory=$1
end TERM
rm -rf -- "$directory"
sleep 1
end KILL
rm -rf -- "$directory"
`;

const NONE: Guard = { watch: () => {}, release: () => {} };

/** @param directory of the run; it need not be there yet */
export function startGuard(directory: string): Guard {
  if (process.platform === 'win32') return NONE;
  const guard = spawn('sh', ['-c', GUARD, 'cs-guard', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    // Only that: a run around this one must not take the guard for one of its own.
    env: { PATH: process.env.PATH },
  });
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  guard.unref();
  return {
    // Written at once: a pipe with room takes it before this returns.
    watch: (target) => void guard.stdin?.write(`${target}\n`),
    release: () => void guard.kill('SIGKILL'),
  };
}
