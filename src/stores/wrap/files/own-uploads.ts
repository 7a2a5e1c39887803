/**
 * What somebody is uploading, or was when the line was cut, is there for them alone: they may look at it, list it, give it
 * another name or a time. They may not read it, or half a file would pass for the whole one. Everybody else sees what was
 * there before.
 */
import type { FileDraft, WriteOrder } from '../../../contracts/file-draft.ts';
import type { Attributes, FileEntry, FileFacts, FileTree } from '../../../contracts/files.ts';
import { CsError } from '../../../kit/errors.ts';
import { type FilePath, showPath } from '../../../kit/file-path.ts';
import type { FileWrap } from './house.ts';
import { over } from './over.ts';

/** Uploads that have begun, of all users. */
export function ownUploads(): FileWrap {
  const uploads = new Set<Upload>();
  return (tree, { user }) => {
    const stageOf = (stage: string): string => `${user}/${stage}`;
    const mine = (path: FilePath): Upload | undefined => {
      const key = showPath(path);
      return [...uploads].findLast((upload) => upload.user === user && showPath(upload.path) === key);
    };
    const { write, staged, stagedIn, rename, remove, setAttributes } = tree;
    const kept = async (directory: FilePath) => {
      const found = (await stagedIn?.call(tree, directory)) ?? [];
      return found.flatMap((one) =>
        one.stage.startsWith(`${user}/`) ? [{ ...one, stage: one.stage.slice(user.length + 1) }] : [],
      );
    };
    /** What is not published, as its uploader sees it. */
    const unpublished = async (path: FilePath): Promise<FileFacts | undefined> => {
      const upload = mine(path);
      if (upload) return upload.facts();
      const name = path.at(-1);
      if (name === undefined || !stagedIn) return undefined;
      const one = (await kept(path.slice(0, -1))).find((candidate) => candidate.name === name);
      return one && { kind: 'file', size: one.length, modified: one.modified, tag: '', partial: true };
    };
    const begin = async (path: FilePath, order: WriteOrder, signal?: AbortSignal): Promise<FileDraft> => {
      if (!write) throw new CsError('CS_BUG', 'the tree cannot write');
      const { stage } = order;
      const own = stage === undefined ? order : { ...order, stage: stageOf(stage) };
      const upload = new Upload(user, path, await write.call(tree, path, own, signal), tree);
      uploads.add(upload);
      return upload.draft(() => uploads.delete(upload));
    };

    return over(tree, {
      stat: async (path, signal) => {
        try {
          return await tree.stat(path, signal);
        } catch (error) {
          const found = isMissing(error) ? await unpublished(path).catch(() => undefined) : undefined;
          if (!found) throw error;
          return found;
        }
      },
      open: async (path, signal, known) => {
        try {
          return await tree.open(path, signal, known);
        } catch (error) {
          const found = isMissing(error) ? await unpublished(path).catch(() => undefined) : undefined;
          throw found ? new CsError('CS_LOCKED', `${showPath(path)} is not whole yet`) : error;
        }
      },
      list: async function* (path, signal) {
        const seen = new Set<string>();
        for await (const entry of tree.list(path, signal)) {
          seen.add(entry.name);
          yield entry;
        }
        for (const entry of await hidden(path)) if (!seen.has(entry.name)) yield entry;
      },
      write: write && begin,
      staged: staged && ((path, stage) => staged.call(tree, path, stageOf(stage))),
      stagedIn: stagedIn && kept,
      rename:
        rename &&
        (async (from, to, how, signal) => {
          const upload = await ifMissing(tree, from, () => mine(from));
          if (!upload) return rename.call(tree, from, to, how, signal);
          upload.rename(to, how.replace);
        }),
      remove:
        remove &&
        (async (path, kind, signal) => {
          const found = await ifMissing(tree, path, () => unpublished(path));
          if (!found || kind === 'directory') return remove.call(tree, path, kind, signal);
          mine(path)?.drop();
          for (const { name, stage } of await kept(path.slice(0, -1))) {
            if (name === path.at(-1)) await (await begin(path, { mode: 'replace', stage }, signal)).abort();
          }
        }),
      setAttributes:
        setAttributes &&
        (async (path, attributes, signal) => {
          const upload = await ifMissing(tree, path, () => mine(path));
          if (!upload) return setAttributes.call(tree, path, attributes, signal);
          upload.dress(attributes);
        }),
    });

    async function hidden(directory: FilePath): Promise<readonly FileEntry[]> {
      const found = new Map<string, FileEntry>();
      for (const { name, length, modified } of await kept(directory)) {
        found.set(name, { name, kind: 'file', size: length, modified, tag: '', partial: true });
      }
      const here = showPath(directory);
      for (const upload of uploads) {
        const name = upload.path.at(-1);
        if (name === undefined || upload.user !== user || showPath(upload.path.slice(0, -1)) !== here) continue;
        found.set(name, { name, ...upload.facts() });
      }
      return [...found.values()];
    }
  };
}

/** One that is under way. */
class Upload {
  readonly user: string;
  path: FilePath;
  readonly #draft: FileDraft;
  readonly #tree: FileTree;
  readonly #began = Date.now();
  readonly #first: FilePath;
  #attributes: Attributes = {};
  #replace = true;
  #dropped = false;

  constructor(user: string, path: FilePath, draft: FileDraft, tree: FileTree) {
    this.user = user;
    this.path = path;
    this.#first = path;
    this.#draft = draft;
    this.#tree = tree;
  }

  facts(): FileFacts {
    const { modified = this.#began, mode } = this.#attributes;
    const size = this.#draft.length;
    return { kind: 'file', size, modified, tag: '', partial: true, ...(mode === undefined ? {} : { mode }) };
  }

  rename(to: FilePath, replace: boolean): void {
    this.path = to;
    this.#replace = replace;
  }

  dress(attributes: Attributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  /** Somebody removed the name: what still comes in is for nothing. */
  drop(): void {
    this.#dropped = true;
  }

  draft(ended: () => void): FileDraft {
    const inner = this.#draft;
    return {
      get length() {
        return inner.length;
      },
      write: (chunk) => inner.write(chunk),
      commit: async (attributes) => {
        try {
          return await this.#commit(attributes);
        } finally {
          ended();
        }
      },
      abort: async (how) => {
        await inner.abort(how);
        ended();
      },
    };
  }

  async #commit(attributes: Attributes | undefined): Promise<FileFacts> {
    if (this.#dropped) {
      await this.#draft.abort();
      throw new CsError('CS_NOT_FOUND', `${showPath(this.path)} was removed meanwhile`);
    }
    const facts = await this.#draft.commit({ ...this.#attributes, ...attributes });
    if (this.path === this.#first) return facts;
    await this.#tree.rename?.(this.#first, this.path, { replace: this.#replace });
    return this.#tree.stat(this.path);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof CsError && error.code === 'CS_NOT_FOUND';
}

/** What is published counts first. */
async function ifMissing<T>(tree: FileTree, path: FilePath, other: () => T): Promise<Awaited<T> | undefined> {
  try {
    await tree.stat(path);
    return undefined;
  } catch (error) {
    if (!isMissing(error)) return undefined;
    return await other();
  }
}
