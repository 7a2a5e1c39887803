/** A directory of this machine as a tree of files. */
import { chmodSync, statSync, utimesSync } from 'node:fs';
import { mkdir, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import type {
  Attributes,
  FileEntry,
  FileFacts,
  FileTree,
  HashName,
  OpenFile,
  StagedFile,
  WholeFile,
} from '../../contracts/files.ts';
import type { ByteRange } from '../../contracts/mail.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, isFileName, showPath } from '../../kit/file-path.ts';
import { digest } from '../shared/digest.ts';
import { locate, type Spot } from './descent.ts';
import { alike, openDirectory } from './directory.ts';
import { codeOf, fileError, missing } from './errors.ts';
import { factsOf, tagOf } from './facts.ts';
import type { Root } from './ground.ts';
import { type DiskManner, openDraft, type Press, stageOf } from './intake.ts';
import { everyKept, findKept, forgetAll, forgetIn, moveKept } from './kept.ts';
import { entries } from './listing.ts';
import { moveDirectory, show } from './naming.ts';
import { openSpot, readSpot } from './open-file.ts';
import { Seen } from './seen.ts';
import { syncDirectory } from './sync.ts';

export class DiskTree implements FileTree {
  readonly #root: Root;
  readonly #manner: DiskManner;
  readonly #press: Press;
  readonly #seen = new Seen();

  constructor(press: Press) {
    this.#root = press.root;
    this.#manner = press.manner;
    this.#press = press;
  }

  async stat(path: FilePath): Promise<FileFacts> {
    using spot = this.#locate(path);
    const facts = shown(spot, path);
    if (facts.kind === 'file') this.#seen.note(path, facts.tag);
    return facts;
  }

  async *list(path: FilePath, signal?: AbortSignal): AsyncGenerator<FileEntry> {
    using ground = this.#root.ground();
    using spot = locate(ground, path, this.#manner);
    if (shown(spot, path).kind === 'file') throw new CsError('CS_NOT_DIRECTORY', `${showPath(path)} is a file`);
    yield* entries({ ground, spot, path, manner: this.#manner, signal });
  }

  async open(path: FilePath): Promise<OpenFile> {
    using spot = this.#locate(path);
    const file = openSpot(spot, path);
    this.#seen.note(path, file.facts.tag);
    return file;
  }

  async readWhole(path: FilePath): Promise<WholeFile> {
    using spot = this.#locate(path);
    const whole = readSpot(spot, path);
    this.#seen.note(path, whole.facts.tag);
    return whole;
  }

  async write(path: FilePath, order: WriteOrder): Promise<FileDraft> {
    return openDraft(this.#press, path, order);
  }

  async writeWhole(
    path: FilePath,
    order: WriteOrder,
    octets: readonly Uint8Array[],
    attributes?: Attributes,
  ): Promise<FileFacts> {
    const draft = await openDraft(this.#press, path, order);
    try {
      for (const chunk of octets) await draft.write(chunk);
    } catch (error) {
      await draft.abort();
      throw error;
    }
    return draft.commit(attributes);
  }

  async staged(path: FilePath, stage: string) {
    using ground = this.#root.ground();
    using spot = locate(ground, path, this.#manner);
    const staging = this.#press.staging.existing(ground, spot.directory);
    return staging && findKept(staging, stageOf(staging, spot, path, stage).key);
  }

  async stagedIn(directory: FilePath): Promise<readonly StagedFile[]> {
    using ground = this.#root.ground();
    using spot = locate(ground, directory, this.#manner);
    if (shown(spot, directory).kind === 'file') throw wrongKind(directory, 'file');
    using inner = openDirectory(ground, spot.at, false);
    const staging = this.#press.staging.existing(ground, inner);
    const found: StagedFile[] = [];
    if (!staging) return found;
    const prefix = staging === inner ? '' : showPath(directory).replace(/\/?$/, '/');
    for await (const { target, stage, length, modified } of everyKept(staging)) {
      const name = target.startsWith(prefix) ? target.slice(prefix.length) : '';
      if (isFileName(name)) found.push({ name, stage, length, modified });
    }
    return found;
  }

  async makeDir(path: FilePath): Promise<void> {
    await this.#change(path, async (spot) => {
      if (spot.found) throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
      await mkdir(spot.at);
      await syncDirectory(spot.directory, this.#manner.synced);
    });
  }

  async remove(path: FilePath, kind: FileFacts['kind']): Promise<void> {
    if (path.length === 0) throw new CsError('CS_DENIED', 'the root stays as it is');
    const { kind: is } = await this.stat(path);
    if (is !== kind) throw wrongKind(path, is);
    await this.#change(path, async (spot) => {
      if (!spot.found) throw missing(path);
      await (spot.found.isDirectory() ? this.#removeDirectory(spot, path) : unlink(spot.at));
      await syncDirectory(spot.directory, this.#manner.synced);
    });
  }

  /** What cut uploads left in it does not hold it, and goes with it. */
  async #removeDirectory({ at }: Spot, path: FilePath): Promise<void> {
    using ground = this.#root.ground();
    using inner = openDirectory(ground, at, false);
    const staging = this.#press.staging.existing(ground, inner);
    try {
      await rmdir(at);
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY' || staging !== inner || !(await forgetAll(inner))) throw error;
      await rmdir(at);
    }
    if (staging && staging !== inner) await forgetIn(staging, showPath(path));
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
      else if (facts.kind === 'file') await show(source.at, target.at, true);
      else await moveDirectory(source.at, target.at);
    } catch (error) {
      throw fileError(error, to);
    }
    if (facts.kind === 'directory') {
      const staging = this.#press.staging.existing(ground, source.directory);
      if (staging && staging !== source.directory) await moveKept(staging, showPath(from), showPath(to));
    }
    await syncDirectory(target.directory, this.#manner.synced);
    if (!alike(source.directory, target.directory)) await syncDirectory(source.directory, this.#manner.synced);
  }

  async copy(from: FilePath, to: FilePath, { replace }: { readonly replace: boolean }): Promise<void> {
    using source = this.#locate(from);
    if (shown(source, from).kind === 'directory') throw wrongKind(from, 'directory');
    const draft = await openDraft(this.#press, to, { mode: replace ? 'replace' : 'new' }, source);
    await draft.commit({ mode: Number(source.found?.mode) });
  }

  async setAttributes(path: FilePath, { modified, mode }: Attributes): Promise<void> {
    await this.#changed(path, (spot) => {
      if (mode !== undefined) chmodSync(spot.at, mode & 0o777);
      if (modified !== undefined) utimesSync(spot.at, modified / 1000, modified / 1000);
    });
  }

  async hash(path: FilePath, name: HashName, range?: ByteRange): Promise<string> {
    await using file = await this.open(path);
    return await digest(name, file.read(range));
  }

  async space() {
    using ground = this.#root.ground();
    const { bavail, blocks, bsize } = await statfs(ground.at);
    return { free: bavail * bsize, total: blocks * bsize };
  }

  /** The one call goes through whatever links there are, so it counts only for a file that is known to be inside. */
  peek(path: FilePath): FileFacts | undefined {
    const tag = this.#seen.tag(path);
    if (tag === undefined) return undefined;
    try {
      const found = statSync(`${this.#root.path}/${path.join('/')}`, { bigint: true, throwIfNoEntry: false });
      return found && tagOf(found) === tag ? factsOf(found) : undefined;
    } catch {
      return undefined;
    }
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
