import type { FileDraft } from '../../../contracts/file-draft.ts';
import type { FileSession, OpenFile } from '../../../contracts/files.ts';
import type { Journal, NewFact } from '../../../contracts/journal.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import type { FileWrap } from './house.ts';
import { over } from './over.ts';

/**
 * What happens to files, in the journal: `file.stored` (path, size, user; `from` where it was copied or renamed: many clients
 * upload under another name first), `file.removed` (path, kind, user), `file.renamed` (from, path, kind, user),
 * `directory.made` (path, user), `file.read` (path, size, octets that were read, user). A fact is there before whoever asked
 * for it hears that it is done.
 */
export function events(journal: Pick<Journal, 'add'>): FileWrap {
  return (tree, session) => {
    const { write, makeDir, remove, rename, copy } = tree;
    const tell = (event: string, path: FilePath, facts: Partial<NewFact> = {}) =>
      journal.add({ event, ...who(session), path: showPath(path), ...facts });
    return over(tree, {
      open: async (path, signal, known) => {
        const file = await tree.open(path, signal, known);
        return counted(file, (octets) => tell('file.read', path, { size: file.facts.size, octets }));
      },
      write:
        write &&
        (async (path, order, signal) => {
          const draft = await write.call(tree, path, order, signal);
          return told(draft, (size) => tell('file.stored', path, { size }));
        }),
      makeDir:
        makeDir &&
        (async (path, signal) => {
          await makeDir.call(tree, path, signal);
          await tell('directory.made', path);
        }),
      remove:
        remove &&
        (async (path, kind, signal) => {
          await remove.call(tree, path, kind, signal);
          await tell('file.removed', path, { kind });
        }),
      rename:
        rename &&
        (async (from, to, how, signal) => {
          await rename.call(tree, from, to, how, signal);
          const { kind, size } = await tree.stat(to, signal);
          await tell('file.renamed', to, { from: showPath(from), kind });
          if (kind === 'file') await tell('file.stored', to, { size, from: showPath(from) });
        }),
      copy:
        copy &&
        (async (from, to, how, signal) => {
          await copy.call(tree, from, to, how, signal);
          const { size } = await tree.stat(to, signal);
          await tell('file.stored', to, { size, from: showPath(from) });
        }),
    });
  };
}

function who({ server, conn, user }: FileSession) {
  return { server, conn, user };
}

function told(draft: FileDraft, stored: (size: number) => Promise<unknown>): FileDraft {
  return {
    get length() {
      return draft.length;
    },
    write: (chunk) => draft.write(chunk),
    async commit(attributes) {
      const facts = await draft.commit(attributes);
      await stored(facts.size);
      return facts;
    },
    abort: (how) => draft.abort(how),
  };
}

function counted(file: OpenFile, closed: (octets: number) => Promise<unknown>): OpenFile {
  const { readAt } = file;
  let octets = 0;
  let used = false;
  return {
    facts: file.facts,
    async *read(range) {
      used = true;
      for await (const chunk of file.read(range)) {
        octets += chunk.length;
        yield chunk;
      }
    },
    ...(readAt && {
      async readAt(into: Uint8Array, position: number) {
        used = true;
        const count = await readAt.call(file, into, position);
        octets += count;
        return count;
      },
    }),
    async [Symbol.asyncDispose]() {
      await file[Symbol.asyncDispose]();
      if (used) await closed(octets);
      used = false;
    },
  };
}
