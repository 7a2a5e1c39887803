/** Names of a tree as commands carry them. */
import type { FilePath } from '../../kit/file-path.ts';
import { isPositive } from './client-reply.ts';
import type { Reply } from './wire.ts';

/** Absolute, so that it means the same wherever the session is. @param root as in `Manner` */
export function remotePath(root: string, path: FilePath): string {
  return path.length === 0 ? root || '/' : `${root}/${path.join('/')}`;
}

/** Where paths begin: as asked for, or where PWD says we are (RFC 959: quoted, with quotes doubled). '' is the root. */
export function quotedPath(wished: string | undefined, pwd: Reply | undefined): string {
  const told = pwd && isPositive(pwd) ? /"((?:[^"]|"")*)"/.exec(pwd.lines.join(' '))?.[1] : undefined;
  const root = (wished ?? told?.replaceAll('""', '"') ?? '').replace(/\/+$/, '');
  return root === '' || root.startsWith('/') ? root : `/${root}`;
}
