/** The directory of a store: ours alone, and checked to be so. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CsError } from '../../kit/errors.ts';

export interface StorePlace {
  readonly dir: string;
  readonly file: string;
  readonly blobs: string;
  readonly locks: string;
}

/** Makes what is missing, 0700 and 0600. Throws `CS_UNSAFE` where others could write or a link leads elsewhere. */
export function preparePlace(dir: string): StorePlace {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  if (found.isSymbolicLink()) refuse(dir, 'is a link', 'give the directory itself');
  if (!found.isDirectory()) refuse(dir, 'is no directory', 'give a directory');
  if (foreign(found)) refuse(dir, 'belongs to somebody else', 'use a directory of your own');
  if ((found.mode & 0o022) !== 0) refuse(dir, 'can be written by others', `chmod 700 ${dir}`);
  const place = { dir, file: join(dir, 'store.db'), blobs: join(dir, 'blobs'), locks: join(dir, 'locks') };
  for (const sub of [place.blobs, place.locks]) mkdirSync(sub, { recursive: true, mode: 0o700 });
  const first = !existsSync(place.file);
  // SQLite gives its side files the mode of this one.
  const fd = openSync(place.file, constants.O_CREAT | constants.O_RDWR | constants.O_NOFOLLOW, 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
  if (first) for (const made of [dir, dirname(dir)]) syncNames(made);
  return place;
}

/** So that the store itself is still found after power loss; where a directory cannot be synced there is no more to do. */
function syncNames(dir: string): void {
  try {
    const fd = openSync(dir, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Not ours to read, or a file system without it.
  }
}

function foreign(found: Stats): boolean {
  const uid = process.getuid?.();
  return uid !== undefined && uid !== 0 && found.uid !== uid;
}

function refuse(dir: string, why: string, hint: string): never {
  throw new CsError('CS_UNSAFE', `the data directory ${dir} ${why}`, { hint });
}
