/** `?archive=tar|zip`: a folder with everything in it as one file, made while it is sent. */
import type { FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import type { FilePath } from '../../../kit/file-path.ts';
import { attachment } from '../../shared/http/content-disposition.ts';
import { HttpRefusal } from '../../shared/http/refusal.ts';
import type { Reply } from '../../shared/http/reply.ts';
import { tarArchive } from './tar.ts';
import { walk } from './walk.ts';
import { zipArchive } from './zip.ts';

export interface ArchiveOrder {
  readonly tree: FileTree;
  readonly path: FilePath;
  /** The same as the client names it. */
  readonly shown: readonly string[];
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

interface Kind {
  readonly type: string;
  readonly make: typeof tarArchive;
  /** Entries; a zip lists them all once more at its end, from memory. */
  readonly most: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  tar: { type: 'application/x-tar', make: tarArchive, most: 1_000_000 },
  zip: { type: 'application/zip', make: zipArchive, most: 50_000 },
};

/** Undefined where none is asked for. Throws 400 for another kind, 404 for what is no directory, 413 for too many entries. */
export async function archiveReply({ tree, path, shown, query, signal }: ArchiveOrder): Promise<Reply | undefined> {
  const ending = query.get('archive');
  if (ending === null) return undefined;
  if (!Object.hasOwn(KINDS, ending)) throw new HttpRefusal(400, 'archive is tar or zip');
  const { type, make, most } = KINDS[ending]!;
  const { kind } = await tree.stat(path, signal);
  if (kind !== 'directory') throw new CsError('CS_NOT_FOUND', 'only a directory is sent as an archive');
  const name = shown.at(-1) ?? 'files';
  const members = () => walk(tree, path, name, most, signal);
  if (ending === 'zip') await count(members());
  return {
    status: 200,
    headers: { 'Content-Type': type, 'Content-Disposition': attachment(`${name}.${ending}`) },
    body: make(tree, members(), signal),
  };
}

/** Once it has begun, too many can only be said by cutting it. */
async function count(members: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _member of members);
  } catch (error) {
    if (!(error instanceof CsError) || error.code !== 'CS_LIMIT') throw error;
    throw new HttpRefusal(413, `${error.message} of this kind`, { hint: '?archive=tar' });
  }
}
