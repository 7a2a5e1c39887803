import type { FileFacts, FileTree } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, fileName, showPath } from '../../kit/file-path.ts';
import type { Calls } from './calls.ts';
import { fileFactsOf, record, text } from './wording.ts';

/** The files of a running instance, to be read. */
export function remoteFiles(calls: Calls): FileTree {
  const query = (path: FilePath) => ({ path: showPath(path) });
  const stat = async (path: FilePath): Promise<FileFacts> =>
    fileFactsOf(await calls.get('/v1/files/facts', query(path)));
  return {
    stat,
    async *list(path, signal) {
      for await (const line of calls.lines('/v1/files/list', query(path), signal))
        yield { name: fileName(text(record(line), 'name')), ...fileFactsOf(line) };
    },
    async open(path) {
      const facts = await stat(path);
      if (facts.kind === 'directory') throw new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`);
      return {
        facts,
        read: (range) => calls.bytes('/v1/files/content', query(path), range),
        async [Symbol.asyncDispose]() {},
      };
    },
  };
}
