/** A file on its way in: aside until it is whole, then under its name at once. */
import { closeSync, constants, fchmodSync, fstatSync, futimesSync, openSync } from 'node:fs';
import { link, rename, unlink } from 'node:fs/promises';
import type { FileDraft, WriteOrder } from '../../contracts/file-draft.ts';
import type { Attributes, FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import { type FilePath, showPath } from '../../kit/file-path.ts';
import { syncData } from './calls.ts';
import { locate, type Spot } from './descent.ts';
import type { Directory } from './directory.ts';
import type { DiskManner } from './disk-tree.ts';
import { codeOf, fileError } from './errors.ts';
import { factsOf, tagOf } from './facts.ts';
import type { Ground, Root } from './ground.ts';
import { Output } from './output.ts';
import { partName } from './own-names.ts';
import { stagingFor } from './staging.ts';
import { syncDirectory } from './sync.ts';

export async function openDraft(root: Root, path: FilePath, order: WriteOrder, manner: DiskManner): Promise<FileDraft> {
  if (path.length === 0) throw new CsError('CS_IS_DIRECTORY', 'the root is a directory');
  const ground = root.ground();
  let spot: Spot | undefined;
  let staging: Directory | undefined;
  try {
    spot = locate(ground, path, manner);
    allow(spot, path, order);
    staging = stagingFor(ground, spot.directory, manner.beside);
    const part = `${(staging ?? spot.directory).at}/${partName()}`;
    const fd = openSync(part, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o666);
    return new DiskDraft({ ground, spot, staging, part, fd, path, order, manner });
  } catch (error) {
    staging?.[Symbol.dispose]();
    spot?.[Symbol.dispose]();
    ground[Symbol.dispose]();
    throw fileError(error, path);
  }
}

/** What has the name now must let the order happen. */
function allow({ found }: Spot, path: FilePath, { mode, ifTag }: WriteOrder): void {
  if (found?.isDirectory()) throw new CsError('CS_IS_DIRECTORY', `${showPath(path)} is a directory`);
  if (found && !found.isFile()) throw new CsError('CS_DENIED', `${showPath(path)} is no file`);
  if (found && mode === 'new') throw new CsError('CS_EXISTS', `${showPath(path)} is there already`);
  if (ifTag !== undefined && (!found || tagOf(found) !== ifTag)) {
    throw new CsError('CS_CHANGED', `${showPath(path)} is another one`);
  }
}

interface Parts {
  readonly ground: Ground;
  readonly spot: Spot;
  readonly staging: Directory | undefined;
  readonly part: string;
  readonly fd: number;
  readonly path: FilePath;
  readonly order: WriteOrder;
  readonly manner: DiskManner;
}

class DiskDraft implements FileDraft {
  readonly #parts: Parts;
  readonly #output: Output;
  #open = true;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#output = new Output(parts.fd);
  }

  get length(): number {
    return this.#output.length;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    return this.#output.write(chunk)?.catch((error: unknown) => {
      throw fileError(error, this.#parts.path);
    });
  }

  async commit(attributes: Attributes = {}): Promise<FileFacts> {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#open = false;
    const { fd, part, path, spot, manner } = this.#parts;
    try {
      await this.#output.flush();
      this.#dress(attributes);
      if (manner.synced) await syncData(fd);
      await this.#publish();
      await syncDirectory(spot.directory, manner.synced);
      return factsOf(fstatSync(fd, { bigint: true })) as FileFacts;
    } catch (error) {
      await unlink(part).catch(() => {});
      throw fileError(error, path);
    } finally {
      this.#close();
    }
  }

  async abort(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#output.settled();
    await unlink(this.#parts.part).catch(() => {});
    this.#close();
  }

  #dress({ modified, mode }: Attributes): void {
    const { fd, spot } = this.#parts;
    const bits = mode ?? (spot.found && Number(spot.found.mode));
    if (bits !== undefined) fchmodSync(fd, bits & 0o777);
    if (modified !== undefined) futimesSync(fd, modified / 1000, modified / 1000);
  }

  async #publish(): Promise<void> {
    const { part, spot, order } = this.#parts;
    if (order.mode !== 'new') return rename(part, spot.at);
    try {
      await link(part, spot.at);
    } catch (error) {
      if (codeOf(error) !== 'EPERM') throw error;
      return rename(part, spot.at);
    }
    await unlink(part);
  }

  #close(): void {
    const { fd, spot, staging, ground } = this.#parts;
    closeSync(fd);
    staging?.[Symbol.dispose]();
    spot[Symbol.dispose]();
    ground[Symbol.dispose]();
  }
}
