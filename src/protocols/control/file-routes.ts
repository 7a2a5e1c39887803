import type { FileEntry, FileFacts, FileHouse, FileTree } from '../../contracts/files.ts';
import type { Json } from '../../contracts/journal.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { type FilePath, ROOT, resolvePath } from '../../kit/file-path.ts';
import { octets } from '../shared/http/octets.ts';
import { jsonReply, ndjsonReply } from '../shared/http/reply.ts';
import type { HttpRequest, Route } from '../shared/http/route.ts';
import { factsJson } from './wording.ts';

/** The files of the instance, to be read; `path` is that of the tree, `user` (nobody) whose view it is. */
export function fileRoutes(house: FileHouse): readonly Route[] {
  const place = ({ query, conn }: HttpRequest): { tree: FileTree; path: FilePath } => ({
    tree: house.of({ user: query.get('user') ?? '', server: 'control', conn: conn.id }),
    path: resolvePath(ROOT, query.get('path') ?? ''),
  });
  return [
    {
      method: 'GET',
      path: '/v1/files/facts',
      safe: true,
      handle: async (request) => {
        const { tree, path } = place(request);
        return jsonReply(factsJson(await tree.stat(path, request.signal)));
      },
    },
    {
      method: 'GET',
      path: '/v1/files/list',
      safe: true,
      handle: async (request) => {
        const { tree, path } = place(request);
        const entries = tree.list(path, request.signal)[Symbol.asyncIterator]();
        // What cannot be listed is said by the status.
        return ndjsonReply(lines(entries, await entries.next()));
      },
    },
    {
      method: 'GET',
      path: '/v1/files/content',
      safe: true,
      handle: async (request) => {
        const { tree, path } = place(request);
        const file = await tree.open(path, request.signal);
        const headers = { 'Content-Type': 'application/octet-stream', 'Content-Disposition': 'attachment' };
        try {
          return octets(file.facts.size, headers, request, (range) => closing(file, range));
        } catch (error) {
          await file[Symbol.asyncDispose]();
          throw error;
        }
      },
    },
  ];
}

async function* lines(entries: AsyncIterator<FileEntry>, first: IteratorResult<FileEntry>): AsyncGenerator<Json> {
  for (let next = first; !next.done; next = await entries.next())
    yield { name: next.value.name, ...factsJson(next.value) };
}

async function* closing(
  file: { read(range?: ByteRange): AsyncIterable<Uint8Array> } & AsyncDisposable & { readonly facts: FileFacts },
  range?: ByteRange,
): AsyncGenerator<Uint8Array> {
  try {
    yield* file.read(range);
  } finally {
    await file[Symbol.asyncDispose]();
  }
}
