/** Where files stand until they are whole: on the file system of their name, so that one rename shows them at once. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, rmdirSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';
import { type Directory, type Identity, openDirectory } from './directory.ts';
import { codeOf } from './errors.ts';
import type { Ground } from './ground.ts';
import { STAGING } from './own-names.ts';
import { sweep } from './sweep.ts';

export class Staging {
  readonly #beside: boolean;
  /** Of every ground that is in use. */
  readonly #made = new WeakMap<Ground, Directory>();
  /** Directories that have been swept. */
  readonly #clean = new Set<string>();

  /** @param beside always beside the file's name, as in a directory that is not ours */
  constructor(beside: boolean) {
    this.#beside = beside;
  }

  /** `target` itself where it lies on another file system, or `beside` says so. */
  async directory(ground: Ground, target: Directory): Promise<Directory> {
    const there = target.identity();
    if (!this.#beside && there.dev === ground.dev) return this.#atRoot(ground);
    const key = keyOf(there);
    if (!this.#clean.has(key)) {
      this.#clean.add(key);
      await sweep(target);
    }
    return target;
  }

  /** Where the kept stages are that belong to names in `target`; undefined if nothing has been kept there. */
  existing(ground: Ground, target: Directory): Directory | undefined {
    if (this.#beside || target.identity().dev !== ground.dev) return target;
    const made = this.#made.get(ground);
    if (made) return made;
    try {
      return this.#open(ground);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** What dead processes left at the root. */
  async clean(ground: Ground): Promise<void> {
    if (this.#beside) return;
    let directory: Directory;
    try {
      directory = this.#open(ground);
    } catch {
      // None there, or not ours: then nothing of ours is in it.
      return;
    }
    await sweep(directory);
    this.leave(ground);
  }

  /** The directory goes when nothing is in it. */
  leave(ground: Ground): void {
    if (!this.#made.delete(ground)) return;
    try {
      rmdirSync(`${ground.at}/${STAGING}`);
    } catch {
      // Something is kept there.
    }
  }

  #atRoot(ground: Ground): Directory {
    const made = this.#made.get(ground);
    if (made && !made.removed()) return made;
    try {
      mkdirSync(`${ground.at}/${STAGING}`, 0o700);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    return this.#open(ground);
  }

  /** Throws `CS_DENIED` where it is not ours alone. */
  #open(ground: Ground): Directory {
    const path = `${ground.at}/${STAGING}`;
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      const { uid, mode } = fstatSync(fd);
      if ((process.getuid && uid !== process.getuid()) || (mode & 0o022) !== 0) {
        throw new CsError('CS_DENIED', `${STAGING} at the root belongs to somebody else`);
      }
    } finally {
      closeSync(fd);
    }
    const directory = openDirectory(ground, path, false);
    this.#made.set(ground, directory);
    ground.adopt(directory);
    return directory;
  }
}

function keyOf({ dev, ino }: Identity): string {
  return `${dev}:${ino}`;
}
