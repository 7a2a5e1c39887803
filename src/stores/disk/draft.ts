/** A file on its way in: aside until it is whole, then under its name at once. */
import { type BigIntStats, closeSync, fchmodSync, fstatSync, futimesSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import type { FileDraft } from '../../contracts/file-draft.ts';
import type { Attributes, FileFacts } from '../../contracts/files.ts';
import { CsError } from '../../kit/errors.ts';
import type { FilePath } from '../../kit/file-path.ts';
import { syncData } from './calls.ts';
import type { Directory } from './directory.ts';
import { fileError } from './errors.ts';
import { factsOf } from './facts.ts';
import { forget, keep } from './kept.ts';
import { Output } from './output.ts';
import { syncDirectory } from './sync.ts';

/** What a draft works with; all of it ends with it. */
export interface Intake extends Disposable {
  readonly path: FilePath;
  readonly staging: Directory;
  /** Its name in `staging`. */
  readonly part: string;
  readonly fd: number;
  /** Octets it begins with. */
  readonly length: number;
  readonly synced: boolean;
  /** Permission bits, where what is replaced had some. */
  readonly mode: number | undefined;
  /** Where it is kept when it is cut, and gone on with. */
  readonly stage: { readonly key: string; readonly name: string; readonly target: string } | undefined;
  /** Puts the part under its name, and tells what stands there if that is another file; throws what is in the way. */
  publish(): Promise<BigIntStats | undefined>;
  /** The directory of its name, and whether its path still leads there. */
  readonly directory: Directory;
  stands(): boolean;
}

export class DiskDraft implements FileDraft {
  readonly #intake: Intake;
  readonly #output: Output;
  #open = true;

  constructor(intake: Intake) {
    this.#intake = intake;
    this.#output = new Output(intake.fd, intake.length);
  }

  get length(): number {
    return this.#output.length;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    try {
      return this.#output.write(chunk)?.catch((error: unknown) => this.#fail(error));
    } catch (error) {
      return Promise.reject(fileError(error, this.#intake.path));
    }
  }

  async commit(attributes: Attributes = {}): Promise<FileFacts> {
    if (!this.#open) throw new CsError('CS_BUG', 'the draft has ended');
    this.#open = false;
    const { fd, staging, directory, stage, synced } = this.#intake;
    try {
      await this.#output.flush();
      this.#dress(attributes);
      if (synced) await syncData(fd);
      const other = await this.#intake.publish();
      await syncDirectory(directory, synced);
      if (stage) await forget(staging, stage.key);
      return factsOf(other ?? fstatSync(fd, { bigint: true })) as FileFacts;
    } catch (error) {
      await this.#discard();
      return this.#fail(error);
    } finally {
      this.#close();
    }
  }

  async abort(how?: { readonly keep: boolean }): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      if (how?.keep && this.#intake.stage) await this.#keep();
      else await this.#discard();
    } finally {
      this.#close();
    }
  }

  #fail(error: unknown): never {
    throw fileError(error, this.#intake.path);
  }

  #dress({ modified, mode = this.#intake.mode }: Attributes): void {
    const { fd } = this.#intake;
    if (mode !== undefined) fchmodSync(fd, mode & 0o777);
    if (modified !== undefined) futimesSync(fd, modified / 1000, modified / 1000);
  }

  /** What did not get to the disk whole is not kept: nobody could tell how much of it is there. */
  async #keep(): Promise<void> {
    const { fd, staging, part, stage, synced } = this.#intake;
    if (!stage) return;
    // Nobody would find it there.
    if (!this.#intake.stands()) return this.#discard();
    try {
      await this.#output.flush();
      if (synced) await syncData(fd);
      await keep(staging, part, stage.key, { target: stage.target, stage: stage.name, length: this.length });
      await syncDirectory(staging, synced);
    } catch {
      await this.#discard();
    }
  }

  async #discard(): Promise<void> {
    await this.#output.drop();
    const { staging, part } = this.#intake;
    await unlink(`${staging.at}/${part}`).catch(() => {});
  }

  #close(): void {
    closeSync(this.#intake.fd);
    this.#intake[Symbol.dispose]();
  }
}
