/** Whether the mailbox of an APPEND is there, without asking for every message of many: who commits is told anyway. */
import type { Place, ReaderCalls } from './calls.ts';
import type { Thread } from './thread.ts';

/** Milliseconds: for so long a mailbox that was there is believed to be. */
const BELIEVED = 1000;

export class Believed {
  readonly #reader: Thread<ReaderCalls>;
  #mailbox: string | undefined;
  #seen = 0;

  constructor(reader: Thread<ReaderCalls>) {
    this.#reader = reader;
  }

  /** Throws `CS_NOT_FOUND` where there is none. @param place always of the same owner */
  async expect({ owner, mailbox }: Place): Promise<void> {
    const now = performance.now();
    if (mailbox === this.#mailbox && now - this.#seen < BELIEVED) return;
    await this.#reader.call('list', { owner, mailbox, uids: [] });
    this.#mailbox = mailbox;
    this.#seen = now;
  }

  /** Mailboxes were removed, or have other names. */
  forget(): void {
    this.#mailbox = undefined;
  }
}
