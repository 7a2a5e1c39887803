/** Tells that every listener accepts: file, descriptor, systemd. */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { asCsError, CsError } from '../../kit/errors.ts';
import type { GlobalValues } from '../globals.ts';

/** Atomically and 0600: it holds passwords. */
export async function writeReadyFile(path: string, object: unknown): Promise<void> {
  const aside = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const file = await open(aside, 'wx', 0o600);
    await file.writeFile(`${JSON.stringify(object)}\n`);
    await file.close();
    await rename(aside, path);
  } catch (error) {
    const cause = asCsError(error);
    throw new CsError('CS_LOCAL_IO', `cannot write the ready file ${path}: ${cause.message}`, { cause });
  }
}

export async function announce(
  object: unknown,
  full: unknown,
  options: GlobalValues,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (options.readyFile !== undefined) await writeReadyFile(options.readyFile, full);
  if (options.readyFd !== undefined) {
    try {
      writeSync(options.readyFd, `${JSON.stringify(object)}\n`);
    } catch (error) {
      throw new CsError('CS_LOCAL_IO', `cannot write the ready line to descriptor ${options.readyFd}`, {
        cause: error,
      });
    }
  }
  if (env.NOTIFY_SOCKET) await notifySystemd();
}

/** Node has no Unix datagram sockets; systemd's own tool speaks for the main process. */
async function notifySystemd(): Promise<void> {
  const { execFile } = await import('node:child_process');
  await new Promise<void>((resolve) =>
    execFile('systemd-notify', ['--ready', `--pid=${process.pid}`], () => resolve()),
  );
}
