import type { BigIntStats } from 'node:fs';
import type { FileFacts } from '../../contracts/files.ts';

/** Undefined for what a tree does not show: devices, sockets, pipes, links. */
export function factsOf(stats: BigIntStats): FileFacts | undefined {
  const directory = stats.isDirectory();
  if (!directory && !stats.isFile()) return undefined;
  return {
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : Number(stats.size),
    modified: Number(stats.mtimeNs) / 1e6,
    mode: Number(stats.mode) & 0o777,
    tag: tagOf(stats),
  };
}

/** Another one as soon as anything was written: the change time cannot be set back, and a new file is another inode. */
export function tagOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs - mtimeNs].map((part) => part.toString(36)).join('.');
}
