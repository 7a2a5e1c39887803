/** Where the Unix sockets of running instances are: a private directory of this user. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CsError } from '../kit/errors.ts';

/** The longest path that a Unix socket takes on every system. */
const PATH_MAX = 103;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/**
 * `$XDG_RUNTIME_DIR/cs`, or `cs-<uid>` among the temporary files where that is unset or cannot be written. Created 0700.
 * Throws `CS_UNSAFE` if it is not ours, `CS_LOCAL_IO` where neither can be made.
 */
export function runtimeDir(env: NodeJS.ProcessEnv = process.env): string {
  const uid = process.getuid?.() ?? 0;
  const temporary = join(env.TMPDIR || tmpdir(), `cs-${uid}`);
  const dir =
    env.XDG_RUNTIME_DIR && make(join(env.XDG_RUNTIME_DIR, 'cs')) ? join(env.XDG_RUNTIME_DIR, 'cs') : temporary;
  if (dir === temporary && !make(temporary)) {
    throw new CsError('CS_LOCAL_IO', `cannot make ${temporary}`, {
      hint: 'set XDG_RUNTIME_DIR to a private directory',
    });
  }
  const found = lstatSync(dir);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== uid)) {
    throw new CsError('CS_UNSAFE', `${dir} is not a directory of this user`, {
      hint: 'remove it, or set XDG_RUNTIME_DIR to a private directory',
    });
  }
  if ((found.mode & 0o077) !== 0) chmodSync(dir, 0o700);
  return dir;
}

/** True when something of that name is there now. */
function make(dir: string): boolean {
  try {
    mkdirSync(dir, { mode: 0o700 });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}

/** The control socket of the instance of that name. Throws `CS_USAGE` for a name that is no file name. */
export function socketPath(name: string, env?: NodeJS.ProcessEnv): string {
  if (!NAME.test(name) || name.includes('..')) {
    throw new CsError('CS_USAGE', `not an instance name: ${JSON.stringify(name)}`, {
      hint: 'letters, digits, dot, dash and underscore; at most 64',
    });
  }
  const path = join(runtimeDir(env), `${name}.sock`);
  if (Buffer.byteLength(path) > PATH_MAX) {
    throw new CsError('CS_CANNOT_BIND', `too long for a Unix socket: ${path}`, { hint: 'set XDG_RUNTIME_DIR shorter' });
  }
  return path;
}

export interface InstanceSocket {
  readonly name: string;
  readonly path: string;
}

/** Instances that answer, by name; the sockets of those that died are removed on the way. */
export async function listInstances(env?: NodeJS.ProcessEnv): Promise<readonly InstanceSocket[]> {
  const dir = runtimeDir(env);
  const names = readdirSync(dir).filter((file) => file.endsWith('.sock'));
  const found = await Promise.all(
    names.sort().map(async (file) => {
      const path = join(dir, file);
      return (await recoverSocket(path)) === 'alive' ? [{ name: file.slice(0, -'.sock'.length), path }] : [];
    }),
  );
  return found.flat();
}

/** Somebody listens there, or not any more: then a socket file left behind by a crash is removed. Other files stay. */
export async function recoverSocket(path: string): Promise<'alive' | 'free'> {
  const before = lstatSync(path, { throwIfNoEntry: false });
  if (!before) return 'free';
  if (!before.isSocket()) throw new CsError('CS_CANNOT_BIND', `${path} exists and is not a socket`);
  if (await answers(path)) return 'alive';
  // Another start may have replaced it meanwhile; its socket must stay.
  const now = lstatSync(path, { throwIfNoEntry: false });
  if (now?.ino === before.ino && now.ctimeMs === before.ctimeMs) unlinkSync(path);
  return now === undefined || now.ino === before.ino ? 'free' : 'alive';
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy();
      // A full backlog or a refused permission is a living owner.
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}
