/** Where the local CA lives on disk: a private directory, whose files appear whole or not at all. */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CsError } from '../kit/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$CS_STATE_DIR/ca`, `$XDG_STATE_HOME/cs/ca`, or `~/.local/state/cs/ca`. */
export function caDirectory(env: Environment = process.env): string {
  if (env.CS_STATE_DIR) return join(env.CS_STATE_DIR, 'ca');
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state');
  return join(state, 'cs', 'ca');
}

const ELSEWHERE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'ENOSPC', 'EDQUOT', 'ENAMETOOLONG']);

/** The directory cannot be made or written to: a read-only home, a container without one, a full disk. */
export function isUnwritable(error: unknown): boolean {
  return ELSEWHERE.has((error as NodeJS.ErrnoException).code ?? '');
}

/** Creates it 0700. Throws `CS_UNSAFE` for a link, for another user's, and where others may write. */
export async function openDirectory(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const found = await lstat(dir);
  const foreign = process.getuid !== undefined && found.uid !== process.getuid() && process.getuid() !== 0;
  if (!found.isDirectory() || foreign) throw unsafe(`${dir} is not a directory of this user`, `remove ${dir}`);
  if (process.platform !== 'win32' && (found.mode & 0o022) !== 0) {
    throw unsafe(`${dir} can be written to by other users`, `chmod 700 ${dir}`);
  }
}

/** The text of a file that holds a private key; undefined if there is none. Throws `CS_UNSAFE` if others can read it. */
export async function readPrivate(path: string, others = 0o077): Promise<string | undefined> {
  const found = await stat(path).catch(absent);
  if (!found) return undefined;
  checkPrivate(path, found, others);
  return readFile(path, 'utf8');
}

/** @param others the permission bits that must not be set: 0o077 for our own files, 0o007 where a group may read a key */
export function checkPrivate(path: string, found: Stats, others: number): void {
  if (process.platform === 'win32' || (found.mode & others) === 0) return;
  throw unsafe(`the private key in ${path} can be read by other users`, `chmod 600 ${path}`);
}

/** The certificates kept there: the CA's own first, then those it issued. Empty where there is no CA. */
export async function caFiles(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(() => []);
  const leaves = names.filter((name) => /^leaf-[0-9a-f]{16}\.pem$/.test(name)).sort();
  return [...names.filter((name) => name === 'ca.pem'), ...leaves].map((name) => join(dir, name));
}

/**
 * Writes aside, syncs, and puts it there in one step. `first`: an existing file stays, and the result is false: another
 * process was faster and its file counts.
 */
export async function publish(path: string, text: string, how: 'first' | 'replace', mode = 0o600): Promise<boolean> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(aside, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    if (how === 'replace') await rename(aside, path);
    else await link(aside, path);
    return true;
  } catch (error) {
    if (how === 'first' && (error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EACCES') return undefined;
  throw error;
}

function unsafe(message: string, hint: string): CsError {
  return new CsError('CS_UNSAFE', message, { hint });
}
