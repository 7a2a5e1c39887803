/** Who looks at an owner's mail is told the names of mailboxes in which something happened. Names, no facts: a hint may be late or doubled. */

interface Watcher {
  /** What it has not been told yet. */
  readonly names: Set<string>;
  wake: (() => void) | undefined;
}

/** More names than this at once: nobody keeps up with so many, and each costs memory. */
const NAMES = 20_000;

export class Hints {
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #onFirst: () => void;
  readonly #onLast: () => void;

  /** @param onFirst somebody watches from now on; `onLast`: nobody does any more */
  constructor(onFirst: () => void = () => {}, onLast: () => void = () => {}) {
    this.#onFirst = onFirst;
    this.#onLast = onLast;
  }

  /** Whose mail is looked at. */
  get owners(): IterableIterator<string> {
    return this.#watchers.keys();
  }

  tell(owner: string, mailbox: string): void {
    const watchers = this.#watchers.get(owner);
    if (!watchers) return;
    for (const watcher of watchers) {
      if (watcher.names.size < NAMES) watcher.names.add(mailbox);
      watcher.wake?.();
    }
  }

  /** Registered when called, so that nothing is missed before the first name is asked for. */
  watch(owner: string, signal: AbortSignal): AsyncIterable<string> {
    const watcher: Watcher = { names: new Set(), wake: undefined };
    const watchers = this.#watchers.get(owner) ?? new Set();
    if (this.#watchers.size === 0) this.#onFirst();
    this.#watchers.set(owner, watchers.add(watcher));
    const leave = (): void => {
      signal.removeEventListener('abort', leave);
      watcher.wake?.();
      if (!watchers.delete(watcher) || watchers.size > 0 || this.#watchers.get(owner) !== watchers) return;
      this.#watchers.delete(owner);
      if (this.#watchers.size === 0) this.#onLast();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    return told(watcher, signal, leave);
  }
}

async function* told(watcher: Watcher, signal: AbortSignal, leave: () => void): AsyncGenerator<string> {
  try {
    while (!signal.aborted) {
      for (const name of watcher.names) {
        watcher.names.delete(name);
        yield name;
        if (signal.aborted) return;
      }
      if (watcher.names.size > 0) continue;
      await new Promise<void>((resolve) => {
        watcher.wake = resolve;
      });
      watcher.wake = undefined;
    }
  } finally {
    leave();
  }
}
