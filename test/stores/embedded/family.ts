import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A second process on the store, run as this one is run. */
export function child(task: string, dir: string, argument: string): ChildProcess {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fork(fileURLToPath(new URL(`./child.${ending}`, import.meta.url)), [task, dir, argument]);
}

export async function told<T>(process: ChildProcess): Promise<T> {
  const [message] = await once(process, 'message');
  return message as T;
}

/** It has ended, and all that it told has been heard: its last words may come behind the news of its end. */
export async function gone(process: ChildProcess): Promise<void> {
  const heard = process.connected ? once(process, 'disconnect') : undefined;
  if (process.exitCode === null && process.signalCode === null) await once(process, 'exit');
  await heard;
}
