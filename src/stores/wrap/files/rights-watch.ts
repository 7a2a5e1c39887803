/** The file of rights, read again whenever it changes. */
import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../../contracts/store.ts';
import { asCsError, CsError } from '../../../kit/errors.ts';
import { parseRights, type Rule } from './rights-file.ts';

/** What an editor does to a file is over after so many milliseconds. */
const SETTLED = 50;

export class RightsWatch implements Disposable {
  readonly #path: string;
  readonly #log: Log;
  /** What was looked at last, right or wrong: an editor's change is several events. */
  #seen: string;
  #rules: readonly Rule[];
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** One look after the other: what was read last is what holds. */
  #looking: Promise<void> = Promise.resolve();

  private constructor(path: string, log: Log, text: string) {
    this.#path = path;
    this.#log = log;
    this.#seen = text;
    this.#rules = parseRights(text);
  }

  /** Throws `CS_CONFIG` for a file that is not there or not right: nothing is served without the rights that were meant. */
  static async open(path: string, log: Log): Promise<RightsWatch> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new CsError('CS_CONFIG', `cannot read the rights in ${path}`, { cause: error });
    });
    const made = new RightsWatch(path, log, text);
    made.#watch();
    // It may have changed since it was read, and before it was watched.
    await made.reload();
    return made;
  }

  readonly rules = (): readonly Rule[] => this.#rules;

  /** What was good last stays when what is there now is not. */
  reload(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const text = await readFile(this.#path, 'utf8');
      if (text === this.#seen) return;
      this.#seen = text;
      this.#rules = parseRights(text);
      this.#log('info', 'rights.reloaded', { file: this.#path, rules: this.#rules.length });
    } catch (error) {
      this.#log('warn', 'rights.refused', {
        file: this.#path,
        reason: asCsError(error).message,
        kept: 'the last good ones',
      });
    }
  }

  /** The directory is watched: editors put a new file in the place of the old one. */
  #watch(): void {
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, () => {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.reload(), SETTLED).unref();
      });
      this.#watcher.on('error', () => this.#log('warn', 'rights.unwatched', { file: this.#path }));
    } catch {
      this.#log('warn', 'rights.unwatched', { file: this.#path });
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }
}
