/** The directory that a tree stands on. On Linux it is held by descriptor; whoever works on it holds it too. */
import { closeSync, constants, openSync, realpathSync, statSync } from 'node:fs';
import { CsError } from '../../kit/errors.ts';

/** Linux: names a place without opening what is there. */
export const O_PATH = 0o10000000;
export const BY_DESCRIPTOR = process.platform === 'linux';

export class Ground implements Disposable {
  /** What its names are appended to. */
  readonly at: string;
  /** By what name it was opened, and where it lies without links; only compared with. */
  readonly path: string;
  readonly real: string;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly fd: number | undefined;
  #holds = 1;
  readonly #adopted: Disposable[] = [];

  constructor(path: string, byDescriptor: boolean) {
    this.path = path;
    this.real = realpathSync(path);
    this.fd = byDescriptor ? openSync(path, O_PATH | constants.O_DIRECTORY) : undefined;
    this.at = this.fd === undefined ? this.real : `/proc/self/fd/${this.fd}`;
    const { dev, ino } = statSync(this.at, { bigint: true });
    this.dev = dev;
    this.ino = ino;
  }

  hold(): this {
    this.#holds += 1;
    return this;
  }

  /** Closed with it. */
  adopt(what: Disposable): void {
    this.#adopted.push(what);
  }

  [Symbol.dispose](): void {
    this.#holds -= 1;
    if (this.#holds > 0) return;
    for (const what of this.#adopted) what[Symbol.dispose]();
    if (this.fd !== undefined) closeSync(this.fd);
  }
}

/** The ground under a path, also after somebody put another directory there. */
export class Root implements Disposable {
  readonly path: string;
  readonly byDescriptor: boolean;
  #ground: Ground | undefined;

  /** Throws `CS_NOT_FOUND` and `CS_NOT_DIRECTORY`. */
  constructor(path: string, byDescriptor = BY_DESCRIPTOR) {
    this.path = path;
    this.byDescriptor = byDescriptor;
  }

  /** To be disposed of by whoever asked. Throws `CS_NOT_FOUND` while there is none. */
  ground(): Ground {
    try {
      const found = statSync(this.path, { bigint: true });
      if (this.#ground === undefined || found.ino !== this.#ground.ino || found.dev !== this.#ground.dev) this.#renew();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // After --run-as the way to it may be closed; what is held stays open.
      if (this.#ground === undefined || code !== 'EACCES') throw gone(error);
    }
    return (this.#ground as Ground).hold();
  }

  /** The ground it stood on last, if any. */
  held(work: (ground: Ground) => void): void {
    if (this.#ground) work(this.#ground);
  }

  #renew(): void {
    const next = new Ground(this.path, this.byDescriptor);
    this.#ground?.[Symbol.dispose]();
    this.#ground = next;
  }

  [Symbol.dispose](): void {
    this.#ground?.[Symbol.dispose]();
    this.#ground = undefined;
  }
}

function gone(error: unknown): CsError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOTDIR') return new CsError('CS_NOT_DIRECTORY', 'the root is no directory', { cause: error });
  if (code === 'EACCES') return new CsError('CS_DENIED', 'the root may not be used by this server', { cause: error });
  return new CsError('CS_NOT_FOUND', 'the root is not there', { cause: error });
}
