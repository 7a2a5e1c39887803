import type { Fact, Journal } from '../../../contracts/journal.ts';
import type { MailHouse } from '../../../contracts/mail.ts';
import type { Log } from '../../../contracts/store.ts';
import { asCsError } from '../../../kit/errors.ts';
import { Catalogue } from './catalogue.ts';

/** Everything captured. */
export const EVERYTHING = '*';
/** Mailboxes that are kept in mind at once; who asked for another one last has its place. */
const KEPT = 50;

/** The catalogues of the mailboxes that somebody looks at. */
export class Inboxes {
  readonly journal: Journal;
  readonly #house: MailHouse;
  readonly #log: Log;
  readonly #catalogues = new Map<string, Catalogue>();

  constructor(house: MailHouse, journal: Journal, log: Log) {
    this.#house = house;
    this.journal = journal;
    this.#log = log;
  }

  /** Fresh. Throws `CS_NOT_FOUND`. */
  async open(owner: string, mailbox: string): Promise<Catalogue> {
    const key = `${owner}\n${mailbox}`;
    const catalogue = this.#catalogues.get(key) ?? new Catalogue(owner, mailbox, await this.#house.of(owner));
    await catalogue.refresh();
    this.#catalogues.delete(key);
    this.#catalogues.set(key, catalogue);
    for (const [other, { heard }] of this.#catalogues) {
      if (this.#catalogues.size <= KEPT) break;
      if (!heard) this.#catalogues.delete(other);
    }
    return catalogue;
  }

  /** Look again whenever the store hints at something, as long as anybody listens: flags, removals, other processes. */
  async follow(catalogue: Catalogue, signal: AbortSignal): Promise<void> {
    if (!catalogue.mail.watch) return;
    try {
      for await (const name of catalogue.mail.watch(signal)) if (name === catalogue.name) this.glance(catalogue);
    } catch (thrown) {
      const { code, message } = asCsError(thrown);
      if (!signal.aborted) this.#log('warn', 'inbox.watch', { code, reason: message });
    }
  }

  /** Look again, without anybody waiting for it. */
  glance(catalogue: Catalogue): void {
    catalogue.refresh().catch((thrown: unknown) => {
      const { code, message } = asCsError(thrown);
      this.#log('warn', 'inbox.refresh', { code, reason: message });
    });
  }
}

/** Whether a stored message is one of this owner's. */
export function concerns(fact: Fact, owner: string): boolean {
  return owner === EVERYTHING || (Array.isArray(fact.owners) && fact.owners.includes(owner));
}
