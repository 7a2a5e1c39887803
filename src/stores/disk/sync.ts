import { closeSync, constants, openSync } from 'node:fs';
import { syncFd } from './calls.ts';
import type { Directory } from './directory.ts';

/** Makes the names in a directory last. */
export async function syncDirectory(directory: Directory, synced: boolean): Promise<void> {
  if (!synced || process.platform === 'win32') return;
  const fd = openSync(`${directory.at}/.`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncFd(fd);
  } finally {
    closeSync(fd);
  }
}
