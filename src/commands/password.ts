/** The ways a password comes in, in their order (trust.md section 3); never as an argument. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { asCsError, CsError } from '../kit/errors.ts';
import { Secret } from '../kit/secret.ts';
import type { CommandContext } from './command.ts';
import { netrcPassword } from './netrc.ts';

type Asking = Pick<CommandContext, 'options' | 'env' | 'ui'>;

/** A password file is small; more is a mistake. */
const LONGEST = 64 * 1024;

/**
 * --password-file (`-` is stdin), --password-fd, $CREDENTIALS_DIRECTORY/password, netrc for `host`, CS_PASSWORD.
 * Undefined: none was given. One line end at the end is not part of it.
 */
export function givenPassword({ options, env }: Asking, host?: string): Secret | undefined {
  if (options.passwordFile !== undefined)
    return secret(readSource(options.passwordFile === '-' ? 0 : options.passwordFile));
  if (options.passwordFd !== undefined) return secret(readSource(options.passwordFd));
  if (env.CREDENTIALS_DIRECTORY) {
    try {
      return secret(readFileSync(join(env.CREDENTIALS_DIRECTORY, 'password'), 'utf8'));
    } catch {
      // The service was given other credentials than a password.
    }
  }
  const netrc = host === undefined ? undefined : netrcPassword(host, options.user, env);
  if (netrc !== undefined) return netrc;
  return options.password === undefined ? undefined : secret(options.password);
}

/** `givenPassword`, else a question on the terminal; with `twice` it must be typed the same again. */
export async function askPassword(ctx: Asking, question: string, twice = false): Promise<Secret> {
  const given = givenPassword(ctx);
  if (given !== undefined) return given;
  const flag = '--password-file FILE (- is stdin), --password-fd N or CS_PASSWORD';
  const first = await ctx.ui.ask(question, { secret: true, flag });
  if (twice && first !== (await ctx.ui.ask('once more:', { secret: true, flag }))) {
    throw new CsError('CS_USAGE', 'the two passwords differ');
  }
  return new Secret(first);
}

function secret(text: string): Secret {
  return new Secret(text.replace(/\r?\n$/, ''));
}

function readSource(source: string | number): string {
  let fd: number | undefined;
  try {
    fd = typeof source === 'number' ? source : openSync(source, 'r');
    if (typeof source === 'string' && fstatSync(fd).isFile()) refuseReadable(source, fstatSync(fd).mode);
    return readAll(fd);
  } catch (error) {
    const cause = asCsError(error);
    if (cause === error) throw cause;
    throw new CsError('CS_LOCAL_IO', `cannot read the password: ${cause.message}`, { cause });
  } finally {
    if (typeof source === 'string' && fd !== undefined) closeSync(fd);
  }
}

function readAll(fd: number): string {
  const buffer = Buffer.alloc(LONGEST);
  let filled = 0;
  while (filled < LONGEST) {
    const count = readSync(fd, buffer, filled, LONGEST - filled, null);
    if (count === 0) return buffer.toString('utf8', 0, filled);
    filled += count;
  }
  throw new CsError('CS_USAGE', `a password file holds at most ${LONGEST} octets`);
}

function refuseReadable(file: string, mode: number): void {
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CsError('CS_UNSAFE', `${file} can be read by others`, { hint: `chmod 600 ${file}` });
  }
}
