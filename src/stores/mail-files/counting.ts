/** Uids of a directory of messages, given in its `.uidvalidity` as mbsync keeps it: a number never comes again. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Counter, parseCounter } from './maildir-name.ts';

const FILE = '.uidvalidity';
/** Taken at once, so that not every message costs a write; a crash leaves a gap. */
const RESERVE = 256;

export async function readCounter(directory: string): Promise<Counter | undefined> {
  try {
    return parseCounter(await readFile(join(directory, FILE), 'latin1'));
  } catch {
    return undefined;
  }
}

/** Gives uids in one directory. */
export class Counting {
  readonly #directory: string;
  #counter: Counter | undefined;
  #reserved = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param above the highest that is there, whatever the file says */
  next(above: number): Promise<{ readonly uid: number; readonly uidValidity: number }> {
    const turn = this.#turn.then(() => this.#next(above));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #next(above: number): Promise<{ readonly uid: number; readonly uidValidity: number }> {
    this.#counter ??= (await readCounter(this.#directory)) ?? {
      uidValidity: Math.floor(Date.now() / 1000),
      last: above,
    };
    const { uidValidity } = this.#counter;
    const uid = Math.max(this.#counter.last, above) + 1;
    if (uid > this.#reserved) {
      this.#reserved = uid + RESERVE;
      await this.#write({ uidValidity, last: this.#reserved });
    }
    this.#counter = { uidValidity, last: uid };
    return { uid, uidValidity };
  }

  async #write({ uidValidity, last }: Counter): Promise<void> {
    const part = join(this.#directory, `${FILE}.${process.pid}.${randomBytes(4).toString('hex')}`);
    await writeFile(part, `${uidValidity}\n${last}\n`, { mode: 0o600 });
    await rename(part, join(this.#directory, FILE));
  }

  /** What was taken and not used is given back. */
  async close(): Promise<void> {
    await this.#turn;
    if (this.#counter && this.#reserved > this.#counter.last) await this.#write(this.#counter);
    this.#reserved = 0;
  }
}
