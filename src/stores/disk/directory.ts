/** One directory inside the ground, held while its names are worked on. */
import { closeSync, constants, fstatSync, lstatSync, openSync, realpathSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';
import { type Ground, O_PATH } from './ground.ts';

export interface Directory extends Disposable {
  /** What its names are appended to. */
  readonly at: string;
  /** Throws `CS_NOT_FOUND` when its names may by now be another directory's; descriptors never lie. */
  verify(): void;
  /** Its own descriptor or path, for `fsync` and the like. */
  dev(): bigint;
}

export function groundDirectory(ground: Ground): Directory {
  const held = ground.hold();
  return { at: ground.at, verify: () => {}, dev: () => ground.dev, [Symbol.dispose]: () => held[Symbol.dispose]() };
}

/** By descriptor, never through a link (unless `follow`): throws `ENOTDIR` or `ELOOP` for one. */
export function heldDirectory(path: string, follow: boolean): Directory {
  const nofollow = follow ? 0 : constants.O_NOFOLLOW;
  const fd = openSync(path, O_PATH | constants.O_DIRECTORY | nofollow);
  return {
    at: `/proc/self/fd/${fd}`,
    verify: () => {},
    dev: () => fstatSync(fd, { bigint: true }).dev,
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** Where directories cannot be held: its path is checked before and after, which is weaker. */
export function checkedDirectory(path: string, follow: boolean): Directory {
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
    dev: () => before.dev,
    [Symbol.dispose]: () => {},
  };
}
