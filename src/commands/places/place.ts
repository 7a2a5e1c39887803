import type { FileFacts, FileTree } from '../../contracts/files.ts';
import type { FileName, FilePath } from '../../kit/file-path.ts';
import type { Operand } from './operand.ts';

/** Where an operand points: a tree, and a path in it. Local directories and far servers are the same from here on. */
export interface FilePlace {
  readonly tree: FileTree;
  readonly path: FilePath;
  readonly operand: Operand;
  /** What tells this tree from others, however often it was opened: the absolute directory, the server and the account. */
  readonly home: string;
  readonly local: boolean;
  /** The name is a link of this machine: what it leads to may lie anywhere, and is nobody's to remove from here. */
  isLink(path: FilePath): boolean;
  /** Names in a directory that mean something else on other systems: no tree shows them, so they are told. */
  unnamed(path: FilePath): readonly string[];
  /** A path of this tree for people, as they would write it; without a password, not escaped. */
  show(path: FilePath): string;
  /** The same as an operand that means just this path; undefined for a local one. */
  url?(path: FilePath): string;
}

/** One thing in a place. */
export interface Found {
  readonly path: FilePath;
  readonly facts: FileFacts;
}

/** The same thing, whichever way it was named. */
export function samePlace(a: FilePlace, at: FilePath, b: FilePlace, bt: FilePath): boolean {
  return identity(a, at) === identity(b, bt);
}

/** `inner` is `outer`, or lies below it. */
export function isWithin(outer: FilePlace, at: FilePath, inner: FilePlace, it: FilePath): boolean {
  return `${identity(inner, it)}/`.startsWith(`${identity(outer, at)}/`);
}

function identity({ home }: FilePlace, path: FilePath): string {
  return [home, ...path].join('/');
}

export function child(path: FilePath, name: FileName): FilePath {
  return [...path, name];
}
