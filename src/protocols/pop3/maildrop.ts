import type { MailHouse, MailStore } from '../../contracts/mail.ts';

/** POP3 knows one mailbox (RFC 1939 section 1). */
export const INBOX = 'INBOX';

export interface Message {
  readonly uid: number;
  /** Octets as stored; the CRLF that RETR adds to an unended last line belongs to the end of the reply. */
  readonly size: number;
}

/**
 * A mailbox as one session sees it: numbered from 1 when it was opened, marks that only QUIT makes real. What arrives
 * meanwhile is not here.
 */
export class Maildrop implements Disposable {
  readonly #store: MailStore;
  readonly #lock: Disposable;
  readonly #uidValidity: number;
  readonly #messages: readonly Message[];
  readonly #marked = new Set<number>();

  private constructor(store: MailStore, lock: Disposable, uidValidity: number, messages: readonly Message[]) {
    this.#store = store;
    this.#lock = lock;
    this.#uidValidity = uidValidity;
    this.#messages = messages;
  }

  /** Undefined while another session has it. */
  static async open(house: MailHouse, owner: string): Promise<Maildrop | undefined> {
    const lock = house.lock(owner);
    if (!lock) return undefined;
    try {
      const store = await house.of(owner);
      const inbox = (await store.mailboxes()).find(({ name }) => name === INBOX);
      const messages = (await store.list(INBOX)).map(({ uid, size }) => ({ uid, size }));
      return new Maildrop(store, lock, inbox?.uidValidity ?? 0, messages);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** The message of that number, unless it is marked or was never there. */
  message(number: number): Message | undefined {
    return this.#marked.has(number) ? undefined : this.#messages[number - 1];
  }

  /** Number and message of all that are not marked. */
  *messages(): Generator<readonly [number, Message]> {
    for (const [index, message] of this.#messages.entries()) {
      if (!this.#marked.has(index + 1)) yield [index + 1, message];
    }
  }

  totals(): { readonly count: number; readonly octets: number } {
    let [count, octets] = [0, 0];
    for (const [, { size }] of this.messages()) {
      count += 1;
      octets += size;
    }
    return { count, octets };
  }

  /** The same in every session, for ever (RFC 1939 section 7): at most 21 of the 70 characters allowed. */
  uniqueId({ uid }: Message): string {
    return `${this.#uidValidity}.${uid}`;
  }

  read({ uid }: Message): AsyncIterable<Uint8Array> {
    return this.#store.read(INBOX, uid);
  }

  mark(number: number): void {
    this.#marked.add(number);
  }

  reset(): void {
    this.#marked.clear();
  }

  /** Removes what is marked, all or nothing; resolves to how many messages are left. */
  async commit(): Promise<number> {
    const uids = [...this.#marked].map((number) => this.#messages[number - 1]!.uid);
    if (uids.length > 0) await this.#store.remove(INBOX, uids);
    return this.#messages.length - uids.length;
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}
