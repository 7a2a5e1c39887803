/** Names of files, decoded once at the edge of a protocol. Whatever holds a `FilePath` needs no further check of it. */
import { CsError } from './errors.ts';

declare const checked: unique symbol;
/** One decoded name that means the same on every platform: no separator, no control, no device, no `.` or `..`. */
export type FileName = string & { readonly [checked]: true };
/** From the root of a tree; empty is the root itself. */
export type FilePath = readonly FileName[];

export const ROOT: FilePath = [];

/** Octets of one name (the common limit of file systems), names of one path. */
const NAME_OCTETS = 255;
const DEPTH = 100;

// Separators of both kinds, controls (C0, DEL, C1), what is no Unicode scalar, and U+FFFD: what a decoder leaves of octets that are not UTF-8.
const FORBIDDEN =
  /[/\\\u0000-\u001f\u007f-\u009f\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
// Other names of files on Windows (trust.md PA-07): devices, drives and streams, short names, ends that it drops.
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:[ .:]|$)/i;
const ALIAS = /^[a-z]:|::|:\$|[. ]$|^[^.~ ]{1,6}~\d(?:\.[^.]{0,3})?$/i;

/** One name. Throws `CS_INPUT` for one that is not allowed anywhere. */
export function fileName(text: string): FileName {
  if (text === '' || text === '.' || text === '..' || FORBIDDEN.test(text) || DEVICE.test(text) || ALIAS.test(text)) {
    throw new CsError('CS_INPUT', 'a file name that is not allowed');
  }
  if (Buffer.byteLength(text) > NAME_OCTETS)
    throw new CsError('CS_INPUT', `a file name longer than ${NAME_OCTETS} octets`);
  return text as FileName;
}

/** Whether `fileName` would take it: what a directory holds beside that is not shown. */
export function isFileName(text: string): text is FileName {
  try {
    fileName(text);
    return true;
  } catch {
    return false;
  }
}

/** Names that are decoded already. Throws `CS_INPUT`. */
export function filePath(names: readonly string[]): FilePath {
  if (names.length > DEPTH) throw new CsError('CS_INPUT', `a path deeper than ${DEPTH}`);
  return names.map(fileName);
}

/**
 * A path as FTP and people write it, from `base` unless it begins with `/`; `.`, `..` and empty names are resolved here,
 * and nowhere else. Throws `CS_INPUT`, also for one that climbs above the root.
 */
export function resolvePath(base: FilePath, text: string): FilePath {
  const names: string[] = text.startsWith('/') ? [] : [...base];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') names.push(part);
    else if (names.pop() === undefined) throw new CsError('CS_INPUT', 'a path that leaves the root');
  }
  return filePath(names);
}

/** `/a/b`; the root is `/`. */
export function showPath(path: FilePath): string {
  return `/${path.join('/')}`;
}

/** A dotfile on the way (`.git/config`, `.env`): hidden unless `--dotfiles`. `.well-known` at the root is not one (RFC 8615). */
export function isHidden(path: FilePath): boolean {
  return path.some((name, depth) => name.startsWith('.') && !(depth === 0 && name === '.well-known'));
}
