/**
 * The lock file beside a mailbox file (`FILE.lock`), as mail programs have it. It tells how long the file was before our
 * message, so that what a kill left half written is taken off again.
 */
import { createReadStream, type Stats } from 'node:fs';
import { open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { CsError } from '../../kit/errors.ts';
import { MboxReader } from '../../kit/mbox.ts';
import { isAlive, PROCESS_TAG } from '../shared/process-tag.ts';

interface Held {
  readonly tag: string;
  readonly length: number | undefined;
}

export class MboxLock {
  readonly #file: string;
  #taken = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Taken, and what an earlier run left half written taken off. Throws `CS_LOCKED`. */
  async take(): Promise<void> {
    if (this.#taken) return;
    await this.recover();
    try {
      const lock = await open(this.#path, 'wx', 0o600);
      await lock.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new CsError('CS_LOCKED', `${this.#file} is in use by another program`, {
        hint: `its lock is ${this.#path}`,
      });
    }
    this.#taken = true;
  }

  /** From here on, and until the next call, what lies behind `length` is not yet whole. */
  async begin(length: number): Promise<void> {
    await writeFile(this.#path, `${PROCESS_TAG} ${String(length).padStart(16, '0')}\n`);
  }

  async release(): Promise<void> {
    if (this.#taken) await rm(this.#path, { force: true });
    this.#taken = false;
  }

  /** Of a dead process of ours alone: a foreign lock stays. */
  async recover(): Promise<void> {
    const held = await this.#held();
    if (!held || this.#taken) return;
    const facts = await stat(this.#path).catch((): Stats | undefined => undefined);
    if (isAlive(held.tag, facts?.mtimeMs ?? 0)) return;
    const { length } = held;
    const now = await stat(this.#file).catch((): Stats | undefined => undefined);
    if (length !== undefined && now && now.size > length && (await isOneMessage(this.#file, length)))
      await truncate(this.#file, length);
    await rm(this.#path, { force: true });
  }

  get #path(): string {
    return `${this.#file}.lock`;
  }

  async #held(): Promise<Held | undefined> {
    const text = await readFile(this.#path, 'latin1').catch(() => undefined);
    const [, tag, length] = /^(\S+\.\d+\.\d+) (\d{16})\n$/.exec(text ?? '') ?? [];
    return tag === undefined ? undefined : { tag, length: Number(length) };
  }
}

/** Nobody has put another one behind it. */
async function isOneMessage(file: string, from: number): Promise<boolean> {
  const reader = new MboxReader();
  let messages = 0;
  for await (const chunk of createReadStream(file, { start: from }))
    for (const event of reader.push(chunk as Buffer)) if (event.kind === 'message') messages += 1;
  return messages <= 1;
}
