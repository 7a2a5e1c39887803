import type { FileFacts, FileTree } from '../../../contracts/files.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import type { FilePath } from '../../../kit/file-path.ts';

/** One entry of a folder's archive. */
export interface Member {
  /** Where it stands in the tree. */
  readonly path: FilePath;
  /** In the archive: below the folder's own name, never absolute, never upwards; a directory's ends with `/`. */
  readonly name: string;
  readonly facts: FileFacts;
}

/** Deeper is no path any more (`kit/file-path.ts`). */
const DEPTH = 100;

/** What went between the listing and the reading, or is not for this session: left out, as a listing would have. */
const LEFT_OUT = new Set<CsError['code']>(['CS_NOT_FOUND', 'CS_DENIED', 'CS_NOT_DIRECTORY', 'CS_IS_DIRECTORY']);

export function isLeftOut(thrown: unknown): boolean {
  return LEFT_OUT.has(asCsError(thrown).code);
}

/** A directory and everything below it, each directory before what it holds. Throws `CS_LIMIT` for more than `most` entries. */
export async function* walk(
  tree: FileTree,
  top: FilePath,
  prefix: string,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<Member> {
  let count = 0;
  async function* inside(directory: FilePath, above: string, tags: readonly string[]): AsyncGenerator<Member> {
    try {
      for await (const facts of tree.list(directory, signal)) {
        count += 1;
        if (count > most) throw new CsError('CS_LIMIT', `more than ${most} entries in one archive`);
        const path = [...directory, facts.name];
        const name = `${above}${facts.name}`;
        if (facts.kind === 'file') yield { path, name, facts };
        else if (path.length <= DEPTH && !isAbove(facts.tag, tags)) {
          yield { path, name: `${name}/`, facts };
          yield* inside(path, `${name}/`, [...tags, facts.tag]);
        }
      }
    } catch (error) {
      if (!isLeftOut(error)) throw error;
    }
  }
  const facts = await tree.stat(top, signal);
  yield { path: top, name: `${prefix}/`, facts };
  yield* inside(top, `${prefix}/`, [facts.tag]);
}

/** A link that leads upwards shows a directory inside itself. */
function isAbove(tag: string, tags: readonly string[]): boolean {
  return tag !== '' && tags.includes(tag);
}
