/** Where a new password comes from: made up, a file or descriptor, the environment, or two answers on a terminal. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { asCsError, CsError } from '../../kit/errors.ts';
import { PASSWORD_OCTETS } from '../../kit/precis.ts';
import { Secret } from '../../kit/secret.ts';
import type { Ui } from '../../ui/ui.ts';

export interface PasswordSources {
  readonly generate: boolean;
  /** `-` is stdin. */
  readonly passwordFile: string | undefined;
  readonly passwordFd: number | undefined;
  /** From the environment or the configuration file. */
  readonly password: string | undefined;
}

/** 128 random bits as 22 letters. Shown once, so it is not marked as a secret. */
export function generatePassword(): string {
  return randomBytes(16).toString('base64url');
}

/** A person's password. Throws `CS_USAGE` when none is given and nobody can be asked. */
export async function readNewPassword(sources: PasswordSources, ui: Pick<Ui, 'ask'>): Promise<Secret> {
  const { passwordFile, passwordFd, password } = sources;
  if (passwordFile === '-') return readSecret(process.stdin, 'stdin');
  if (passwordFile !== undefined) return readSecret(createReadStream(passwordFile), passwordFile);
  if (passwordFd !== undefined) return readSecret(createReadStream('', { fd: passwordFd }), `descriptor ${passwordFd}`);
  if (password !== undefined) return new Secret(password);
  const flag = '--password-file FILE, --password-fd N or --generate';
  const first = new Secret(await ui.ask('new password: ', { secret: true, flag }));
  const second = await ui.ask('once more: ', { secret: true, flag });
  if (first.reveal() !== second) throw new CsError('CS_INPUT', 'the two passwords differ; nothing was changed');
  return first;
}

/** The first line; more than a password can have is refused before it is kept. */
async function readSecret(from: Readable, name: string): Promise<Secret> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  try {
    for await (const part of from as AsyncIterable<Uint8Array>) {
      parts.push(part);
      octets += part.length;
      if (octets > PASSWORD_OCTETS + 2) throw new CsError('CS_INPUT', `${name} holds more than a password`);
    }
  } catch (error) {
    const cause = asCsError(error);
    if (cause === error) throw cause;
    throw new CsError('CS_LOCAL_IO', `cannot read the password from ${name}: ${cause.message}`, { cause });
  }
  const [line = '', ...more] = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .split('\n');
  if (line === '' || more.length > 0) throw new CsError('CS_INPUT', `${name} does not hold one line with a password`);
  return new Secret(line);
}
