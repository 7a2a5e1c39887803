/** Names that change at once. */
import { closeSync, constants, openSync, renameSync } from 'node:fs';
import { copyFile, link, mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import { syncFd } from './calls.ts';
import { codeOf } from './errors.ts';

/** What file systems without hard links answer. */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives what is called `from` the name `to`. With `only` it never takes a name that is in use: a second name, then the
 * first one goes, is the only way here to be sure of that.
 */
export async function show(from: string, to: string, only: boolean): Promise<void> {
  // Not by a thread: that costs more than the call.
  if (!only) return renameSync(from, to);
  try {
    await link(from, to);
  } catch (error) {
    if (!WITHOUT_LINKS.has(codeOf(error) ?? '')) throw error;
    return renameSync(from, to);
  }
  await unlink(from);
}

/** An empty directory takes the name first, and only an empty one is replaced. */
export async function moveDirectory(from: string, to: string): Promise<void> {
  await mkdir(to);
  try {
    await rename(from, to);
  } catch (error) {
    await rmdir(to).catch(() => {});
    throw error;
  }
}

/** For one device that is mounted twice: the octets are copied to `near`, and shown from there. */
export async function showAcross(
  from: string,
  near: string,
  to: string,
  how: { readonly only: boolean; readonly synced: boolean },
): Promise<void> {
  try {
    await copyFile(from, near, constants.COPYFILE_EXCL);
    if (how.synced) await syncPath(near);
    await show(near, to, how.only);
    await unlink(from);
  } catch (error) {
    await unlink(near).catch(() => {});
    throw error;
  }
}

async function syncPath(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDWR);
  try {
    await syncFd(fd);
  } finally {
    closeSync(fd);
  }
}
