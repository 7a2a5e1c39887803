/** Node's system errors in the closed set of a `FileTree`. */
import { CsError, type ErrorCode } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['CS_NOT_FOUND', 'is not there'],
  ELOOP: ['CS_NOT_FOUND', 'is not there'],
  ENXIO: ['CS_NOT_FOUND', 'is not there'],
  ENOTDIR: ['CS_NOT_DIRECTORY', 'is no directory'],
  EISDIR: ['CS_IS_DIRECTORY', 'is a directory'],
  EEXIST: ['CS_EXISTS', 'is there already'],
  ENOTEMPTY: ['CS_NOT_EMPTY', 'is not empty'],
  EACCES: ['CS_DENIED', 'may not be used by this server'],
  EPERM: ['CS_DENIED', 'may not be used by this server'],
  EROFS: ['CS_DENIED', 'is on a file system that is read only'],
  EINVAL: ['CS_DENIED', 'cannot be done'],
  ENOSPC: ['CS_DISK_FULL', 'does not fit on the disk'],
  EDQUOT: ['CS_QUOTA', 'exceeds what this server may store'],
  EFBIG: ['CS_LIMIT', 'is too large for the file system'],
  ENAMETOOLONG: ['CS_LIMIT', 'has a name too long for the file system'],
  EMLINK: ['CS_LIMIT', 'has too many names'],
  EXDEV: ['CS_UNSUPPORTED', 'is on another file system'],
  EBUSY: ['CS_BUSY', 'is in use'],
  ETXTBSY: ['CS_BUSY', 'is in use'],
  EMFILE: ['CS_BUSY', 'would take more open files than there may be'],
  ENFILE: ['CS_BUSY', 'would take more open files than there may be'],
};

/** The names of the tree take the place of the machine's: nothing of where the tree lies gets out. */
export function fileError(error: unknown, path: FilePath): CsError {
  if (error instanceof CsError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === '' || !(error instanceof Error)) return new CsError('CS_BUG', String(message), { cause: error });
  const [known, words] = CODES[code] ?? ['CS_LOCAL_IO', `cannot be used: ${code}`];
  return new CsError(known, `${showPath(path)} ${words}`, { cause: error });
}

export function missing(path: FilePath): CsError {
  return new CsError('CS_NOT_FOUND', `${showPath(path)} is not there`);
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
