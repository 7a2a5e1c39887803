import { type FSWatcher, watch } from 'node:fs';

/** Where file events are lost or there are none. */
const LOOK_ANYWAY = 1000;

/** Notices that another process writes to the store's files, and looks anyway once a second. Keeps no process alive. */
export class DirectoryWatch {
  readonly #dir: string;
  readonly #gather: number;
  readonly #look: () => void;
  #watcher: FSWatcher | undefined;
  #interval: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  /** @param gather milliseconds: file events come in bursts, and one look serves all of them */
  constructor(dir: string, gather: number, look: () => void) {
    this.#dir = dir;
    this.#gather = gather;
    this.#look = look;
  }

  start(): void {
    const noticed = (): void => {
      this.#soon ??= setTimeout(() => {
        this.#soon = undefined;
        this.#look();
      }, this.#gather);
      this.#soon.unref();
    };
    try {
      this.#watcher = watch(this.#dir, { persistent: false }, noticed);
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No more watches on this machine: looking anyway has to do.
    }
    this.#interval = setInterval(noticed, LOOK_ANYWAY);
    this.#interval.unref();
  }

  stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#interval);
    clearTimeout(this.#soon);
    this.#soon = undefined;
  }
}
