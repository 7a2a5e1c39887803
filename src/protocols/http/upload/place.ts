/** Where an upload goes, and under which conditions it may. */
import type { FileDraft, WriteOrder } from '../../../contracts/file-draft.ts';
import type { FileFacts, FileTree } from '../../../contracts/files.ts';
import { asCsError, CsError, type ErrorCode } from '../../../kit/errors.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import { precondition } from '../../shared/http/conditions.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import { found } from '../static/locate.ts';
import { etagsOf } from '../static/representation.ts';
import type { WebRequest } from '../web-request.ts';

/** A tree that can be written to. */
export type WritableTree = FileTree & Required<Pick<FileTree, 'write'>>;

/** 405 is said by the table of methods; whoever comes here has asked it. */
export function writable(tree: FileTree): WritableTree {
  if (tree.write === undefined) throw new CsError('CS_BUG', 'a tree that cannot be written to');
  return tree as WritableTree;
}

/** RFC 9110 section 13.2.2 for a request that changes the target; 412, and what the change has to hold to until it is made. */
export async function conditions(request: WebRequest): Promise<{
  readonly before: FileFacts | undefined;
  readonly order: Pick<WriteOrder, 'mode' | 'ifTag'>;
}> {
  const before = await found(request.tree, request.name);
  const match = request.header('if-match');
  const noneMatch = request.header('if-none-match');
  if (before === undefined) {
    if (match !== undefined) throw changed();
    return { before, order: { mode: noneMatch === undefined ? 'replace' : 'new' } };
  }
  if (before.kind === 'directory' && noneMatch?.trim() === '*') throw changed();
  // Whichever form of the file the client has had: it knows the file.
  const holds = etagsOf(before).map((etag) => precondition(request, { etag, modified: before.modified }) === undefined);
  if (match === undefined ? holds.includes(false) : !holds.includes(true)) throw changed();
  const asked = match ?? noneMatch ?? request.header('if-unmodified-since');
  const ifTag = asked === undefined || before.tag === '' ? {} : { ifTag: before.tag };
  return { before, order: { mode: 'replace', ...ifTag } };
}

function changed(): HttpRefusal {
  return new HttpRefusal(412, 'the file is not the one that was meant');
}

/** Directories on the way are made, as the path says that they are wanted. */
export async function openDraft(
  tree: WritableTree,
  path: FilePath,
  order: WriteOrder,
  signal: AbortSignal,
): Promise<FileDraft> {
  try {
    return await tree.write(path, order, signal);
  } catch (error) {
    if (asCsError(error).code !== 'CS_NOT_FOUND' || tree.makeDir === undefined || path.length < 2) throw error;
    await makeAbove(tree.makeDir.bind(tree), path);
    return tree.write(path, order, signal);
  }
}

async function makeAbove(makeDir: NonNullable<FileTree['makeDir']>, path: FilePath): Promise<void> {
  for (let depth = 1; depth < path.length; depth++) {
    try {
      await makeDir(path.slice(0, depth));
    } catch (error) {
      if (asCsError(error).code !== 'CS_EXISTS') throw error;
    }
  }
}

/** What stands in the way of a change is a conflict (RFC 9110 section 15.5.10), where the same of a GET is a 404. */
const CONFLICTS = new Map<ErrorCode, string>([
  ['CS_NOT_FOUND', 'there is no directory for it'],
  ['CS_NOT_DIRECTORY', 'a file stands where a directory would have to be'],
  ['CS_IS_DIRECTORY', 'a directory has this name'],
]);

/** Runs a change; what a tree throws becomes the answer to it. */
export async function changing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = asCsError(thrown);
    const conflict = error instanceof HttpRefusal ? undefined : CONFLICTS.get(error.code);
    throw conflict === undefined ? error : new HttpRefusal(409, conflict);
  }
}

/** Writes all of it; on any failure nothing is left of it. */
export async function pour(content: AsyncIterable<Uint8Array>, draft: FileDraft): Promise<void> {
  try {
    for await (const chunk of content) {
      const taken = draft.write(chunk);
      if (taken) await taken;
    }
  } catch (error) {
    await draft.abort();
    throw error;
  }
}
