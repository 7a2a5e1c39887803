import assert from 'node:assert/strict';
import type { WriteOrder } from '../../src/contracts/file-draft.ts';
import type { Attributes, FileEntry, FileFacts, FileTree } from '../../src/contracts/files.ts';
import { CsError, type ErrorCode } from '../../src/kit/errors.ts';
import { type FilePath, ROOT, resolvePath } from '../../src/kit/file-path.ts';
import { whole } from './harness.ts';

/** The only errors a tree gives (`contracts/files.ts`). */
export const CLOSED: readonly ErrorCode[] = [
  'CS_NOT_FOUND',
  'CS_EXISTS',
  'CS_NOT_EMPTY',
  'CS_NOT_DIRECTORY',
  'CS_IS_DIRECTORY',
  'CS_DENIED',
  'CS_DISK_FULL',
  'CS_QUOTA',
  'CS_LIMIT',
  'CS_CHANGED',
  'CS_LOCKED',
  'CS_UNSUPPORTED',
  'CS_BUSY',
  'CS_LOCAL_IO',
];

export function at(text: string): FilePath {
  return resolvePath(ROOT, text);
}

/** Written in pieces, so that no tree may count on one chunk. */
export async function store(
  tree: FileTree,
  path: string,
  content: Uint8Array | string,
  order: WriteOrder = { mode: 'replace' },
  attributes?: Attributes,
): Promise<FileFacts> {
  const bytes = Buffer.from(content);
  const draft = await required(tree, 'write')(at(path), order);
  const step = Math.max(7, Math.ceil(bytes.length / 20));
  try {
    for (let from = 0; from < bytes.length; from += step) {
      await draft.write(Buffer.from(bytes.subarray(from, from + step)));
    }
  } catch (error) {
    await draft.abort();
    throw error;
  }
  return draft.commit(attributes);
}

export async function load(tree: FileTree, path: string): Promise<Buffer> {
  await using file = await tree.open(at(path));
  return await whole(file.read());
}

export async function text(tree: FileTree, path: string): Promise<string> {
  return (await load(tree, path)).toString();
}

export async function entries(tree: FileTree, path = '/'): Promise<readonly FileEntry[]> {
  const found: FileEntry[] = [];
  for await (const entry of tree.list(at(path))) found.push(entry);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function names(tree: FileTree, path = '/'): Promise<readonly string[]> {
  return (await entries(tree, path)).map(({ name }) => name);
}

/** Every path below, directories with a `/` at the end. */
export async function everything(tree: FileTree, path = '/'): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, kind } of await entries(tree, path)) {
    const below = `${path}${name}`;
    found.push(kind === 'directory' ? `${below}/` : below);
    if (kind === 'directory') found.push(...(await everything(tree, `${below}/`)));
  }
  return found;
}

/** A method that the test is about, so that it is there. */
export function required<K extends keyof FileTree>(tree: FileTree, name: K): NonNullable<FileTree[K]> {
  const method = tree[name] as ((...args: never) => unknown) | undefined;
  assert.ok(method, `the tree has no ${name}`);
  return method.bind(tree) as NonNullable<FileTree[K]>;
}

/** One of `codes`; any of the closed set where the far end is vague. */
export async function refuses(
  { vague }: { readonly vague?: true },
  codes: ErrorCode | readonly ErrorCode[],
  action: () => unknown,
): Promise<CsError> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof CsError, String((error as Error)?.stack));
    const allowed = vague ? CLOSED : [codes].flat();
    assert.ok(allowed.includes(error.code), `${error.code} (${error.message}) instead of ${allowed.join(', ')}`);
    return error;
  }
  return assert.fail(`nothing was thrown, ${[codes].flat().join(' or ')} expected`);
}

/** Octets that differ everywhere, the same for the same seed. */
export function octets(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
