/** The file beside the one that is wanted, until it is whole: `.NAME.cs-part`, and what proves its content `...-of`. */
import { type FileHandle, open, readFile, rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FieldLines } from '../../contracts/exchange.ts';
import { asCsError, CsError } from '../../kit/errors.ts';
import { publish } from '../report/publish.ts';
import type { Validator } from './validator.ts';

const READ = 256 * 1024;

export class PartFile {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #keep: boolean;
  #length: number;
  /** Of the content that is here. */
  validator: Validator | undefined;

  private constructor(
    file: string,
    handle: FileHandle,
    keep: boolean,
    length: number,
    validator: Validator | undefined,
  ) {
    this.#file = file;
    this.#handle = handle;
    this.#keep = keep;
    this.#length = length;
    this.validator = validator;
  }

  /** @param keep go on with what an earlier run left, and leave what this one gets */
  static async open(file: string, keep: boolean): Promise<PartFile> {
    const part = partOf(file);
    const validator = keep ? await readValidator(file) : undefined;
    // Without its proof it could be anything.
    const flags = validator === undefined ? 'w+' : 'a+';
    try {
      const handle = await open(part, flags, 0o666);
      const { size } = await handle.stat();
      return new PartFile(file, handle, keep, size, validator);
    } catch (error) {
      const cause = asCsError(error);
      throw new CsError('CS_LOCAL_IO', `cannot write ${part}: ${cause.message}`, { cause });
    }
  }

  get length(): number {
    return this.#length;
  }

  /** Only the rest, and only of the same content; else all of it. */
  get condition(): FieldLines {
    const { etag, modified } = this.validator ?? {};
    const proof = etag ?? modified;
    if (this.#length === 0 || proof === undefined) return [];
    return [
      ['Range', `bytes=${this.#length}-`],
      ['If-Range', proof],
    ];
  }

  /** Asks for what is here already, so that the answer is a part and not an error. */
  get lastOctet(): FieldLines {
    const [, proof] = this.condition;
    return [['Range', `bytes=${this.#length - 1}-`], ...(proof ? [proof] : [])];
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#handle.appendFile(chunk);
    this.#length += chunk.length;
  }

  async cutTo(length: number): Promise<void> {
    await this.#handle.truncate(length);
    this.#length = length;
  }

  restart(): Promise<void> {
    this.validator = undefined;
    return this.cutTo(0);
  }

  async *content(): AsyncGenerator<Uint8Array> {
    for (let position = 0; ; ) {
      const { bytesRead, buffer } = await this.#handle.read({ buffer: Buffer.allocUnsafe(READ), position });
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Synced, renamed, and its directory synced (trust.md section 2). @param modified milliseconds since 1970 */
  async publish(modified: number | undefined): Promise<void> {
    const part = partOf(this.#file);
    await this.#handle.datasync();
    await this.#handle.close();
    if (modified !== undefined) await utimes(part, modified / 1000, modified / 1000);
    await rename(part, this.#file);
    await rm(proofOf(this.#file), { force: true });
    await using folder = await open(dirname(this.#file), 'r');
    await folder.sync();
  }

  /** Nothing is left. */
  async drop(): Promise<void> {
    await this.#handle.close();
    await rm(partOf(this.#file), { force: true });
    await rm(proofOf(this.#file), { force: true });
  }

  /** After a failure: what is here stays where it may be gone on with. Never throws, and after `drop` does nothing. */
  async leave(): Promise<void> {
    const provable = this.validator?.etag !== undefined || this.validator?.modified !== undefined;
    try {
      if (!this.#keep || this.#length === 0 || !provable) return await this.drop();
      await this.#handle.datasync();
      await this.#handle.close();
      await publish(proofOf(this.#file), `${JSON.stringify(this.validator)}\n`, 0o600);
    } catch {
      // What failed before this is what is told.
    }
  }
}

function partOf(file: string): string {
  return join(dirname(file), `.${basename(file)}.cs-part`);
}

function proofOf(file: string): string {
  return `${partOf(file)}-of`;
}

async function readValidator(file: string): Promise<Validator | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(proofOf(file), 'utf8'));
    return typeof found === 'object' && found !== null && 'url' in found ? (found as Validator) : undefined;
  } catch {
    return undefined;
  }
}
