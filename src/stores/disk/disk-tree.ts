/** A directory of this machine as a tree of files. */
import { chmodSync, utimesSync } from 'node:fs';
import { link, mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import type { Attributes, FileEntry, FileFacts, FileTree, HashName, OpenFile } from '../../contracts/files.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { digest } from '../shared/digest.ts';
import { locate, type Spot } from './descent.ts';
import { openDraft } from './draft.ts';
import { codeOf, fileError, missing } from './errors.ts';
import { factsOf } from './facts.ts';
import type { Root } from './ground.ts';
import { entries } from './listing.ts';
import { openSpot } from './open-file.ts';
import { syncDirectory } from './sync.ts';

export interface DiskManner {
  readonly follow: boolean;
  /** Whether what is acknowledged survives power loss. */
  readonly synced: boolean;
  readonly beside: boolean;
}

export class DiskTree implements FileTree {
  readonly #root: Root;
  readonly #manner: DiskManner;

  constructor(root: Root, manner: DiskManner) {
    this.#root = root;
    this.#manner = manner;
  }

  async stat(path: FilePath): Promise<FileFacts> {
    using spot = this.#locate(path);
    return shown(spot, path);
  }

  async *list(path: FilePath): AsyncGenerator<FileEntry> {
    using ground = this.#root.ground();
    using spot = locate(ground, path, this.#manner);
    if (shown(spot, path).kind === 'file') throw new CsError('CS_NOT_DIRECTORY', `${showPath(path)} is a file`);
    yield* entries(ground, spot, path, this.#manner);
  }

  async open(path: FilePath): Promise<OpenFile> {
    using spot = this.#locate(path);
    return openSpot(spot, path);
  }

  async write(path: FilePath, order: WriteOrder): Promise<FileDraft> {
    return openDraft(this.#root, path, order, this.#manner);
  }

  async makeDir(path: FilePath): Promise<void> {
    await this.#change(path, async (spot) => {
      if (spot.found) throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
      await mkdir(spot.at);
      await syncDirectory(spot.directory, this.#manner.synced);
    });
  }

  async remove(path: FilePath, kind: FileFacts['kind']): Promise<void> {
    const { kind: is } = await this.stat(path);
    if (is !== kind) throw wrongKind(path, is);
    await this.#change(path, async (spot) => {
      if (!spot.found) throw missing(path);
      await (spot.found.isDirectory() ? rmdir(spot.at) : unlink(spot.at));
      await syncDirectory(spot.directory, this.#manner.synced);
    });
  }

  async rename(from: FilePath, to: FilePath, { replace }: { readonly replace: boolean }): Promise<void> {
    const facts = await this.stat(from);
    if (from.length === 0 || to.length === 0) throw new CsError('CS_DENIED', 'the root stays as it is');
    using ground = this.#root.ground();
    using source = locate(ground, from, { ...this.#manner, link: true });
    using target = locate(ground, to, { ...this.#manner, link: true });
    if (!source.found) throw missing(from);
    const there = target.found;
    const same = there?.ino === source.found.ino && there.dev === source.found.dev;
    if (same && showPath(from) === showPath(to)) return;
    try {
      if (there && !same && (!replace || facts.kind === 'directory')) {
        throw new CsError('CS_EXISTS', `${showPath(to)} is there already`);
      }
      if (there?.isDirectory() && !same) throw wrongKind(to, 'directory');
      if (replace || same) await rename(source.at, target.at);
      else if (facts.kind === 'file') await moveFile(source, target);
      else await moveDirectory(source, target);
    } catch (error) {
      throw fileError(error, to);
    }
    await syncDirectory(target.directory, this.#manner.synced);
    await syncDirectory(source.directory, this.#manner.synced);
  }

  async setAttributes(path: FilePath, { modified, mode }: Attributes): Promise<void> {
    await this.#changed(path, (spot) => {
      if (mode !== undefined) chmodSync(spot.at, mode & 0o777);
      if (modified !== undefined) utimesSync(spot.at, modified / 1000, modified / 1000);
    });
  }

  async hash(path: FilePath, name: HashName, range?: ByteRange): Promise<string> {
    await using file = await this.open(path);
    return digest(name, file.read(range));
  }

  #locate(path: FilePath): Spot {
    using ground = this.#root.ground();
    return locate(ground, path, this.#manner);
  }

  /** Works on a name, be it a link's. */
  async #change(path: FilePath, work: (spot: Spot) => Promise<void>): Promise<void> {
    if (path.length === 0) throw new CsError('CS_DENIED', 'the root stays as it is');
    using ground = this.#root.ground();
    using spot = locate(ground, path, { ...this.#manner, link: true });
    try {
      await work(spot);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  /** Works on what a name leads to. */
  async #changed(path: FilePath, work: (spot: Spot) => void): Promise<void> {
    using spot = this.#locate(path);
    shown(spot, path);
    try {
      work(spot);
    } catch (error) {
      throw fileError(error, path);
    }
  }
}

export function shown(spot: Spot, path: FilePath): FileFacts {
  const facts = spot.found && factsOf(spot.found);
  if (!facts) throw missing(path);
  return facts;
}

export function wrongKind(path: FilePath, is: FileFacts['kind']): CsError {
  return is === 'directory'
    ? new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`)
    : new CsError('CS_NOT_DIRECTORY', `${showPath(path)} is a file`);
}

/** A second name, then the first one goes: the only way here that never takes a name that is in use. */
async function moveFile(source: Spot, target: Spot): Promise<void> {
  try {
    await link(source.at, target.at);
  } catch (error) {
    if (!WITHOUT_LINKS.has(codeOf(error) ?? '')) throw error;
    await rename(source.at, target.at);
    return;
  }
  await unlink(source.at);
}

/** An empty directory takes the name first, and only an empty one is replaced. */
async function moveDirectory(source: Spot, target: Spot): Promise<void> {
  await mkdir(target.at);
  try {
    await rename(source.at, target.at);
  } catch (error) {
    await rmdir(target.at).catch(() => {});
    throw error;
  }
}

const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
