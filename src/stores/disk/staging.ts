/** Where files stand until they are whole: on the file system of their name, so that one rename shows them at once. */
import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';
import { checkedDirectory, type Directory, heldDirectory } from './directory.ts';
import { codeOf } from './errors.ts';
import type { Ground } from './ground.ts';
import { STAGING } from './own-names.ts';

/** The hidden directory at the root, made when it is first needed. Throws `CS_DENIED` where it is not ours alone. */
export function stagingOf(ground: Ground): Directory {
  const path = `${ground.at}/${STAGING}`;
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = fstatSync(fd);
    if ((process.getuid && uid !== process.getuid()) || (mode & 0o022) !== 0) {
      throw new CsError('CS_DENIED', `${STAGING} at the root belongs to somebody else`);
    }
  } finally {
    closeSync(fd);
  }
  return ground.fd === undefined ? checkedDirectory(path, false) : heldDirectory(path, false);
}

/** The staging directory, or the file's own where that lies on another file system or `beside` says so. */
export function stagingFor(ground: Ground, target: Directory, beside: boolean): Directory | undefined {
  return beside || target.dev() !== ground.dev ? undefined : stagingOf(ground);
}
