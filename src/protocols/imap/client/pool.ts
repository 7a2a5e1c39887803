/** The conversations with one account: who needs one takes it alone, and what is not enough is opened anew. */
import { CsError } from '../../../kit/errors.ts';
import type { Session } from './session.ts';

/** A reader, a writer, and what looks around meanwhile; servers allow ten or twenty (trust.md section 2). */
const MOST = 6;

export class Pool {
  readonly #open: () => Promise<Session>;
  readonly #free: Session[] = [];
  readonly #taken = new Set<Session>();
  readonly #waiting: (() => void)[] = [];
  #opening = 0;
  #closed = false;
  /** So many the server allowed. */
  #most = MOST;

  /** @param first is logged in already; `open` gives another */
  constructor(first: Session, open: () => Promise<Session>) {
    this.#free.push(first);
    this.#open = open;
  }

  /** @param mailbox as the server names it: a conversation in which it is selected comes first */
  async use<T>(act: (session: Session) => Promise<T>, mailbox?: string): Promise<T> {
    const session = await this.take(mailbox);
    try {
      return await act(session);
    } finally {
      await this.give(session);
    }
  }

  async take(mailbox?: string): Promise<Session> {
    for (;;) {
      if (this.#closed) throw new CsError('CS_BUG', 'the account was closed before');
      const found = this.#pick(mailbox);
      if (found?.over) {
        await found.close();
        continue;
      }
      if (found) {
        this.#taken.add(found);
        return found;
      }
      const opened = await this.#another();
      if (opened) return opened;
    }
  }

  async give(session: Session): Promise<void> {
    this.#taken.delete(session);
    if (session.over || this.#closed) await session.close();
    else this.#free.push(session);
    this.#waiting.shift()?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.all(this.#free.splice(0).map((session) => session.logOut()));
    await Promise.all([...this.#taken].map((session) => session.close()));
  }

  #pick(mailbox: string | undefined): Session | undefined {
    const selected = this.#free.findIndex((session) => mailbox !== undefined && session.selected?.name === mailbox);
    const at = selected === -1 ? this.#free.length - 1 : selected;
    return at === -1 ? undefined : this.#free.splice(at, 1)[0];
  }

  /** Undefined: something may be free by now. */
  async #another(): Promise<Session | undefined> {
    const count = this.#taken.size + this.#opening;
    if (count >= this.#most) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return undefined;
    }
    this.#opening += 1;
    try {
      const session = await this.#open();
      this.#taken.add(session);
      return session;
    } catch (error) {
      // A server that allows no more than there are: they have to do.
      if (this.#taken.size === 0) throw error;
      this.#most = this.#taken.size;
      return undefined;
    } finally {
      this.#opening -= 1;
    }
  }
}
