/**
 * From a path to the directory that holds its last name. Every directory on the way is opened through the one above it, so a
 * directory that somebody swaps for a link meanwhile leads nowhere; links are read and resolved here, from the ground.
 */
import { type BigIntStats, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FilePath } from '../../kit/file-path.ts';
import { type Directory, groundDirectory, openDirectory } from './directory.ts';
import { codeOf, fileError, missing } from './errors.ts';
import type { Ground } from './ground.ts';
import { isOwnName } from './own-names.ts';

/** As many links as Linux follows. */
const LINKS = 40;

export interface Spot extends Disposable {
  readonly directory: Directory;
  readonly name: string;
  /** Where it is: below `directory`. */
  readonly at: string;
  /** What has the name; never a link where links are resolved. Undefined: nothing. */
  readonly found: BigIntStats | undefined;
  /** What has it now. */
  look(): BigIntStats | undefined;
}

export interface Manner {
  /** Links that lead out are followed too. */
  readonly follow: boolean;
  /** The last name itself, also if it is a link. */
  readonly link?: true;
}

/** Throws `CS_NOT_FOUND`, also for what leads out of the ground, `CS_NOT_DIRECTORY`, `CS_DENIED`. */
export function locate(ground: Ground, path: FilePath, manner: Manner): Spot {
  return new Descent(ground, path, manner).run();
}

class Descent {
  readonly #ground: Ground;
  readonly #path: FilePath;
  readonly #manner: Manner;
  #todo: string[];
  #done: string[] = [];
  #directory: Directory;
  #links = 0;

  constructor(ground: Ground, path: FilePath, manner: Manner) {
    this.#ground = ground;
    this.#path = path;
    this.#manner = manner;
    this.#todo = [...path];
    this.#directory = groundDirectory(ground);
  }

  run(): Spot {
    try {
      for (;;) {
        const name = this.#todo.shift();
        const spot = name === undefined ? this.#spot('.') : this.#step(name);
        if (spot) return spot;
      }
    } catch (error) {
      this.#directory[Symbol.dispose]();
      throw fileError(error, this.#path);
    }
  }

  #step(name: string): Spot | undefined {
    if (name === '' || name === '.') return undefined;
    if (name === '..') return this.#up();
    if (isOwnName(name)) throw missing(this.#path);
    if (this.#todo.length > 0) return this.#down(name);
    const spot = this.#spot(name);
    return spot.found?.isSymbolicLink() && !this.#manner.link ? this.#link(name) : spot;
  }

  #down(name: string): Spot | undefined {
    let next: Directory;
    try {
      next = openDirectory(this.#ground, `${this.#directory.at}/${name}`, false);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'ENOTDIR' && code !== 'ELOOP') throw error;
      return this.#link(name);
    }
    this.#directory[Symbol.dispose]();
    this.#directory = next;
    this.#done.push(name);
    return undefined;
  }

  /** Only links hold `..`; the way up is walked again from the ground. */
  #up(): undefined {
    if (this.#done.pop() === undefined) throw missing(this.#path);
    this.#again([...this.#done, ...this.#todo]);
  }

  #again(todo: string[]): undefined {
    this.#todo = todo;
    this.#done = [];
    this.#directory[Symbol.dispose]();
    this.#directory = groundDirectory(this.#ground);
  }

  #link(name: string): Spot | undefined {
    let target: string;
    try {
      target = readlinkSync(`${this.#directory.at}/${name}`);
    } catch (error) {
      // No link, so it is a file where a directory should be; or it has just become something else.
      throw codeOf(error) === 'EINVAL' ? Object.assign(new Error(), { code: 'ENOTDIR' }) : error;
    }
    this.#links += 1;
    if (this.#links > LINKS) throw missing(this.#path);
    if (this.#manner.follow) return this.#follow(name);
    const names = target.split('/');
    if (!target.startsWith('/')) return this.#again([...this.#done, ...names, ...this.#todo]);
    const { path, real } = this.#ground;
    const root = [real, path].find((one) => target === one || target.startsWith(`${one}/`));
    if (root === undefined) throw missing(this.#path);
    return this.#again([...target.slice(root.length).split('/'), ...this.#todo]);
  }

  /** Wherever it leads. */
  #follow(name: string): Spot | undefined {
    const real = realpathSync(`${this.#directory.at}/${name}`);
    const last = this.#todo.length === 0;
    const next = openDirectory(this.#ground, last ? dirname(real) : real, true);
    this.#directory[Symbol.dispose]();
    this.#directory = next;
    return last ? this.#spot(basename(real)) : undefined;
  }

  #spot(name: string): Spot {
    const directory = this.#directory;
    const at = `${directory.at}/${name}`;
    const look = () => {
      const found = lstatSync(at, { bigint: true, throwIfNoEntry: false });
      directory.verify();
      return found;
    };
    return { directory, name, at, found: look(), look, [Symbol.dispose]: () => directory[Symbol.dispose]() };
  }
}
