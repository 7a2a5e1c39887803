import { asCsError, CsError } from '../../kit/errors.ts';
import type { ClientSession } from './client-session.ts';

/**
 * Milliseconds in which nothing moves on any connection; after that whoever waits gets one more, for readers and writers
 * may be waiting for each other.
 */
const PATIENCE = 2000;
/** How many times the agreed number that may come to. */
const STRETCH = 4;

interface Waiting {
  readonly resolve: (session: ClientSession | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

export type Stopping = 'close' | 'finish';

/** Connections for work side by side: made when they are needed, kept for reuse, closed together. */
export class SessionPool {
  readonly #open: () => Promise<ClientSession>;
  #most: number;
  readonly #stretched: number;
  readonly #idle: ClientSession[] = [];
  readonly #all = new Set<ClientSession>();
  readonly #waiting: Waiting[] = [];
  readonly #hurried = new Set<() => void>();
  #opening = 0;
  #closed = false;

  /** @param first is logged in already; `open` gives more, `most` of them in all */
  constructor(first: ClientSession, open: () => Promise<ClientSession>, most: number) {
    this.#open = open;
    this.#most = most;
    this.#stretched = most * STRETCH;
    this.#idle.push(first);
    this.#all.add(first);
  }

  /** Somebody waits for a connection: whoever holds one and could let it go should. */
  get wanted(): boolean {
    return this.#waiting.length > 0;
  }

  /** `act` is called when somebody begins to wait; gives back how to call that off. */
  onWanted(act: () => void): () => void {
    this.#hurried.add(act);
    return () => this.#hurried.delete(act);
  }

  /** Work with one connection that is done when `act` resolves. */
  async use<T>(act: (session: ClientSession) => Promise<T>, signal?: AbortSignal, stopping?: Stopping): Promise<T> {
    const { session, value } = await this.lease(act, signal, stopping);
    this.give(session);
    return value;
  }

  /**
   * The same, and the connection stays with the caller, who gives it back. A kept connection may have died unseen: where
   * it never answered, `act` is done again with another.
   * @param stopping what the signal means once `act` has begun: `finish` leaves it to `act`, which clears away by the same connection
   */
  async lease<T>(
    act: (session: ClientSession) => Promise<T>,
    signal?: AbortSignal,
    stopping: Stopping = 'close',
  ): Promise<{ readonly session: ClientSession; readonly value: T }> {
    for (;;) {
      const session = await this.#take(signal);
      const { heard, used: kept } = session;
      session.used = true;
      const stop = (): void => void session.close();
      if (stopping === 'close') signal?.addEventListener('abort', stop, { once: true });
      try {
        return { session, value: await act(session) };
      } catch (error) {
        this.give(session);
        signal?.throwIfAborted();
        if (!(kept && session.heard <= heard + 1 && isStale(error))) throw error;
      } finally {
        signal?.removeEventListener('abort', stop);
      }
    }
  }

  /** Back to the others, or away if it cannot be used any more. */
  give(session: ClientSession): void {
    if (session.free && !this.#closed) {
      const next = this.#waiting.shift();
      if (next) next.resolve(session);
      else this.#idle.push(session);
      return;
    }
    this.#all.delete(session);
    void session.close();
    // Its place is free: whoever waits may make another.
    this.#waiting.shift()?.resolve(undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    await Promise.all([...this.#all].map((session) => session.quit()));
    this.#all.clear();
  }

  async #take(signal?: AbortSignal): Promise<ClientSession> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.#closed) throw closed();
      const session = this.#idle.pop();
      if (session?.free) return session;
      if (session) this.#all.delete(session);
      else if (this.#all.size + this.#opening < this.#most) {
        const made = await this.#make();
        if (made) return made;
      } else {
        const given = await this.#wait(signal);
        if (given) return given;
      }
    }
  }

  /** Undefined where the server takes no more of us: then those there are have to do. Throws where none of them lives. */
  async #make(): Promise<ClientSession | undefined> {
    this.#opening += 1;
    try {
      const session = await this.#open();
      this.#all.add(session);
      return session;
    } catch (error) {
      if (![...this.#all].some(({ alive }) => alive)) throw error;
      this.#most = this.#all.size;
      return undefined;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Undefined: nobody gave one back, but there is room to make one. */
  #wait(signal?: AbortSignal): Promise<ClientSession | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearInterval(timer);
        signal?.removeEventListener('abort', cancel);
        const at = this.#waiting.indexOf(waiting);
        if (at !== -1) this.#waiting.splice(at, 1);
      };
      const waiting: Waiting = {
        resolve: (session) => {
          settle();
          resolve(session);
        },
        reject: (reason) => {
          settle();
          reject(reason);
        },
      };
      const cancel = (): void => waiting.reject(signal?.reason);
      const timer = setInterval(() => {
        const last = Math.max(...[...this.#all].map(({ touched }) => touched));
        if (performance.now() - last < PATIENCE || this.#most >= this.#stretched) return;
        this.#most += 1;
        waiting.resolve(undefined);
      }, PATIENCE / 2);
      signal?.addEventListener('abort', cancel, { once: true });
      this.#waiting.push(waiting);
      for (const act of this.#hurried) act();
    });
  }
}

/** What a connection that died in its sleep says. */
function isStale(error: unknown): boolean {
  const { code } = asCsError(error);
  return (
    code === 'CS_CANNOT_CONNECT' || (code === 'CS_PEER_TEMPORARY' && asCsError(error).reply?.startsWith('421') === true)
  );
}

function closed(): CsError {
  return new CsError('CS_BUG', 'the files were let go before');
}
