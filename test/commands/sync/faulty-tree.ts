import type { FileDraft } from '../../../src/contracts/file-draft.ts';
import type { FileTree, OpenFile } from '../../../src/contracts/files.ts';

/** Called before everything that is asked of a tree; throws where that is to fail. */
export type Before = (what: string) => Promise<void> | void;

/** The same tree, with something before every call, every chunk and every commit. */
export function hooked(tree: FileTree, before: Before): FileTree {
  const call =
    <A extends unknown[], R>(what: string, method: (...how: A) => Promise<R>) =>
    async (...how: A): Promise<R> => {
      await before(what);
      return method(...how);
    };
  return {
    stat: call('stat', (...how) => tree.stat(...how)),
    async *list(...how) {
      await before('list');
      yield* tree.list(...how);
    },
    open: call('open', async (...how) => hookedFile(await tree.open(...how), before)),
    write: call('write', async (...how) => hookedDraft(await tree.write!(...how), before)),
    staged: call('staged', async (...how) => tree.staged?.(...how)),
    makeDir: call('makeDir', (...how) => tree.makeDir!(...how)),
    remove: call('remove', (...how) => tree.remove!(...how)),
    setAttributes: call('setAttributes', (...how) => tree.setAttributes!(...how)),
  };
}

function hookedFile(file: OpenFile, before: Before): OpenFile {
  return {
    facts: file.facts,
    async *read(range) {
      for await (const chunk of file.read(range)) {
        await before('read');
        yield chunk;
      }
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

function hookedDraft(draft: FileDraft, before: Before): FileDraft {
  return {
    get length() {
      return draft.length;
    },
    async write(chunk) {
      await before('chunk');
      await draft.write(chunk);
    },
    async commit(attributes) {
      await before('commit');
      return draft.commit(attributes);
    },
    abort: (how) => draft.abort(how),
  };
}
