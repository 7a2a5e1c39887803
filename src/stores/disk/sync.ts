import { closeSync, constants, openSync } from 'node:fs';
import { syncFd } from './calls.ts';
import type { Directory } from './directory.ts';

/** By directory: the sync under way, and the one that begins behind it. */
const running = new Map<string, Promise<void>>();
const next = new Map<string, Promise<void>>();

/**
 * Makes the names in a directory last. One sync for all who ask while another is under way: it begins after they have asked, so
 * it holds what they did.
 */
export function syncDirectory(directory: Directory, synced: boolean): Promise<void> {
  if (!synced || process.platform === 'win32') return Promise.resolve();
  const { dev, ino } = directory.identity();
  const key = `${dev}:${ino}`;
  const before = running.get(key);
  if (!before) return begin(key, directory);
  const joined = next.get(key);
  if (joined) return joined;
  // Whoever comes first waits for it, and holds the directory open as long.
  const mine = before
    .catch(() => {})
    .then(() => {
      next.delete(key);
      return begin(key, directory);
    });
  next.set(key, mine);
  return mine;
}

function begin(key: string, directory: Directory): Promise<void> {
  const mine = syncNow(directory).finally(() => {
    if (running.get(key) === mine) running.delete(key);
  });
  running.set(key, mine);
  return mine;
}

async function syncNow(directory: Directory): Promise<void> {
  const fd = openSync(`${directory.at}/.`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncFd(fd);
  } finally {
    closeSync(fd);
  }
}
