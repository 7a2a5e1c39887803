import { openSync } from 'node:fs';
import { asCsError, CsError } from '../kit/errors.ts';

/** Full is full; everything else is this machine's too, a directory that is not there included. */
export function unwritable(what: string, error: unknown): CsError {
  const cause = asCsError(error);
  const code = cause.code === 'CS_DISK_FULL' ? cause.code : 'CS_LOCAL_IO';
  return new CsError(code, `cannot write ${what}: ${cause.message.replace(/, \w+(?: '.*')?$/, '')}`, { cause });
}

/** A descriptor for what grows line by line, made where it is missing, for its owner alone. Throws `unwritable`. */
export function openToAppend(file: string, what: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    throw unwritable(`${what} ${file}`, error);
  }
}
