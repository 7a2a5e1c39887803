/** One directory inside the ground, held while its names are worked on. */
import { closeSync, constants, fstatSync, lstatSync, openSync, realpathSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';
import { type Ground, O_PATH } from './ground.ts';

export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
}

export interface Directory extends Disposable {
  /** What its names are appended to. */
  readonly at: string;
  /** Throws `CS_NOT_FOUND` when its names may by now be another directory's; descriptors never lie. */
  verify(): void;
  identity(): Identity;
  /** Whether it is in the tree no more. */
  removed(): boolean;
}

/** Whether both are one directory. */
export function alike(a: Directory, b: Directory): boolean {
  const [one, other] = [a.identity(), b.identity()];
  return one.ino === other.ino && one.dev === other.dev;
}

export function groundDirectory(ground: Ground): Directory {
  const held = ground.hold();
  return {
    at: ground.at,
    verify: () => {},
    identity: () => ground,
    removed: () => false,
    [Symbol.dispose]: () => held[Symbol.dispose](),
  };
}

/** Never through a link, unless `follow`: throws `ENOTDIR` or `ELOOP` for one. */
export function openDirectory(ground: Ground, path: string, follow: boolean): Directory {
  return ground.fd === undefined ? checkedDirectory(path, follow) : heldDirectory(path, follow);
}

function heldDirectory(path: string, follow: boolean): Directory {
  const fd = openSync(path, O_PATH | constants.O_DIRECTORY | (follow ? 0 : constants.O_NOFOLLOW));
  // What is held stays what it is: asked once.
  let known: Identity | undefined;
  return {
    at: `/proc/self/fd/${fd}`,
    verify: () => {},
    identity: () => {
      known ??= fstatSync(fd, { bigint: true });
      return known;
    },
    removed: () => fstatSync(fd).nlink === 0,
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Where directories cannot be held: its path is checked before and after, which is weaker. */
function checkedDirectory(path: string, follow: boolean): Directory {
  const at = follow ? realpathSync(path) : path;
  const before = lstatSync(at, { bigint: true });
  if (!before.isDirectory()) throw Object.assign(new Error('no directory'), { code: 'ENOTDIR' });
  return {
    at,
    verify: () => {
      const after = lstatSync(at, { bigint: true });
      if (realpathSync(at) !== at || after.ino !== before.ino || after.dev !== before.dev) {
        throw new CsError('CS_NOT_FOUND', 'the directory is another one by now');
      }
    },
    identity: () => lstatSync(at, { bigint: true, throwIfNoEntry: false }) ?? before,
    removed: () => lstatSync(at, { throwIfNoEntry: false }) === undefined,
    [Symbol.dispose]: () => {},
  };
}
