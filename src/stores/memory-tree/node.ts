/** What a tree in memory is made of. Content is never changed in place: whoever reads it goes on with what was there. */
import { randomBytes } from 'node:crypto';
import type { FileFacts } from '../../contracts/files.ts';
import type { FileName } from '../../kit/file-path.ts';

export interface Content {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
}

export interface FileNode {
  readonly kind: 'file';
  readonly content: Content;
  readonly tag: string;
  modified: number;
  mode: number;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  readonly children: Map<FileName, FileNode | DirectoryNode>;
  modified: number;
  mode: number;
}

export type Node = FileNode | DirectoryNode;

/** So that no tag comes again after a restart. */
const RUN = randomBytes(6).toString('base64url');
let made = 0;

export function fileNode(content: Content, modified: number, mode = 0o600): FileNode {
  return { kind: 'file', content, tag: `${RUN}-${(++made).toString(36)}`, modified, mode };
}

export function directoryNode(modified: number, mode = 0o700): DirectoryNode {
  return { kind: 'directory', children: new Map(), modified, mode };
}

export function factsOf(node: Node): FileFacts {
  const { kind, modified, mode } = node;
  if (node.kind === 'directory') return { kind, size: 0, modified, mode, tag: '' };
  return { kind, size: node.content.size, modified, mode, tag: node.tag };
}
