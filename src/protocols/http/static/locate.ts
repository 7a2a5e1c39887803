/** Which file a name means: itself, its index, its `.html`, or the page of the application. */
import type { FileFacts, FileTree } from '../../../contracts/files.ts';
import { CsError, type ErrorCode } from '../../../kit/errors.ts';
import { type FileName, type FilePath, fileName } from '../../../kit/file-path.ts';

export interface Named {
  readonly name: FilePath;
  readonly facts: FileFacts;
}

export type Located =
  | ({ readonly kind: 'file' } & Named)
  /** Without an index. */
  | ({ readonly kind: 'directory' } & Named)
  /** A directory that was asked for without the `/` at its end: names in its page would mean something else. */
  | { readonly kind: 'redirect' };

export interface Habits {
  readonly cleanUrls: boolean;
  /** Where the application's index is; undefined: there is no such fallback. */
  readonly spa: FilePath | undefined;
}

export const INDEX = fileName('index.html');
const ABSENT: ReadonlySet<ErrorCode> = new Set(['CS_NOT_FOUND', 'CS_NOT_DIRECTORY', 'CS_INPUT']);

/**
 * Undefined: nothing. Throws what else the tree throws.
 * @param directory the target ended with `/`
 * @param page the client wants a page, not a part of one
 */
export async function locate(
  tree: FileTree,
  name: FilePath,
  directory: boolean,
  page: boolean,
  { cleanUrls, spa }: Habits,
): Promise<Located | undefined> {
  const facts = await found(tree, name);
  if (facts?.kind === 'directory') {
    if (!directory && name.length > 0) return { kind: 'redirect' };
    const index = [...name, INDEX];
    const page = await found(tree, index);
    return page?.kind === 'file' ? { kind: 'file', name: index, facts: page } : { kind: 'directory', name, facts };
  }
  if (facts && !directory) return { kind: 'file', name, facts };
  const last = name.at(-1);
  if (cleanUrls && !directory && last !== undefined) {
    const html = await foundName(tree, name, `${last}.html`);
    if (html) return { kind: 'file', ...html };
  }
  if (spa === undefined || !page) return undefined;
  const index = await found(tree, spa);
  return index?.kind === 'file' ? { kind: 'file', name: spa, facts: index } : undefined;
}

async function foundName(tree: FileTree, name: FilePath, text: string): Promise<Named | undefined> {
  let last: FileName;
  try {
    last = fileName(text);
  } catch {
    return undefined;
  }
  const path = [...name.slice(0, -1), last];
  const facts = await found(tree, path);
  return facts?.kind === 'file' ? { name: path, facts } : undefined;
}

/** Undefined where there is nothing of that name. */
export async function found(tree: FileTree, name: FilePath): Promise<FileFacts | undefined> {
  try {
    return await tree.stat(name);
  } catch (error) {
    if (error instanceof CsError && ABSENT.has(error.code)) return undefined;
    throw error;
  }
}
