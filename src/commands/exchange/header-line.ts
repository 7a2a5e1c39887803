/** Headers as a person writes them; a secret comes from a file, never from argv (trust.md section 3). */
import { readFileSync } from 'node:fs';
import { asCsError, CsError } from '../../kit/errors.ts';
import { Secret } from '../../kit/secret.ts';

export type HeaderLine = readonly [name: string, value: string];

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
/** What proves who somebody is. */
const SECRET = /^(?:proxy-)?authorization$|^cookie$|(?:^|-)(?:api-?key|token|secret|password)$/i;

export function isSecretHeader(name: string): boolean {
  return SECRET.test(name);
}

/**
 * `Name: value`; `Name:@FILE` reads the value. Throws `CS_INPUT` (trust.md CL-07), and `CS_SECRET_IN_ARGV` for a secret
 * that is meant for another machine.
 */
export function headerLine(name: string, written: string, loopback: boolean): HeaderLine {
  if (!NAME.test(name)) throw new CsError('CS_INPUT', `not a header name: ${JSON.stringify(name)}`);
  const value = written.trim();
  const text = value.startsWith('@') ? fromFile(value.slice(1)) : value;
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) {
    throw new CsError('CS_INPUT', `the header ${name} has a line break or another control in it`);
  }
  if (!SECRET.test(name)) return [name, text];
  if (!value.startsWith('@') && !loopback) {
    throw new CsError('CS_SECRET_IN_ARGV', `${name} as an argument can be read by every user of this machine`, {
      hint: `${name}:@FILE reads it from a file; for a login there is --user, and --auth bearer`,
    });
  }
  return [name, new Secret(text).reveal()];
}

function fromFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const cause = asCsError(error);
    throw new CsError('CS_LOCAL_IO', `cannot read ${file}: ${cause.message}`, { cause });
  }
}
