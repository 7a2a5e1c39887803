import type { Mailbox, MailEntry, MailStore } from '../../../contracts/mail.ts';
import { CsError } from '../../../kit/errors.ts';

/** What became different in a mailbox. */
export interface Delta {
  readonly added: readonly MailEntry[];
  /** Flags only: a message itself never changes. */
  readonly changed: readonly MailEntry[];
  readonly removed: readonly string[];
}

/** New messages up to so many are asked for by their uids; beyond it the whole list costs no more. */
const FEW = 2000;

/** One mailbox as it was when somebody last looked: asking whether it is still so costs one cheap question. */
export class Catalogue {
  readonly owner: string;
  readonly name: string;
  readonly mail: MailStore;
  #mailbox: Mailbox | undefined;
  /** Ascending by uid. */
  #entries: MailEntry[] = [];
  #byId = new Map<string, MailEntry>();
  readonly #listeners = new Set<(delta: Delta) => void>();
  #running: Promise<void> | undefined;
  #again: Promise<void> | undefined;

  constructor(owner: string, name: string, mail: MailStore) {
    this.owner = owner;
    this.name = name;
    this.mail = mail;
  }

  /** Ascending by uid: the newest is the last. */
  get entries(): readonly MailEntry[] {
    return this.#entries;
  }

  /** As of the last refresh. */
  get mailbox(): Mailbox {
    if (!this.#mailbox) throw new CsError('CS_BUG', 'the catalogue was never read');
    return this.#mailbox;
  }

  /** By the id that every copy of a message has; of several copies here the newest. */
  find(id: string): MailEntry | undefined {
    return this.#byId.get(id);
  }

  /** Throws `CS_NOT_FOUND`. */
  get(id: string): MailEntry {
    const entry = this.#byId.get(id);
    if (!entry) throw new CsError('CS_NOT_FOUND', `no message ${JSON.stringify(id.slice(0, 100))} in ${this.name}`);
    return entry;
  }

  /** Told of every difference that a refresh finds. @returns undoes it */
  listen(listener: (delta: Delta) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Resolves when what was so at the time of the call is known here. Throws `CS_NOT_FOUND` for an unknown mailbox. */
  refresh(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#refresh().finally(() => {
        this.#running = undefined;
      });
      return this.#running;
    }
    // What runs may have looked before the call: one more turn, shared by all who ask meanwhile.
    this.#again ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#again = undefined;
        return this.refresh();
      });
    return this.#again;
  }

  async #refresh(): Promise<void> {
    const mailbox = (await this.mail.mailboxes()).find(({ name }) => name === this.name);
    if (!mailbox) throw new CsError('CS_NOT_FOUND', `no mailbox ${JSON.stringify(this.name)}`);
    const before = this.#mailbox;
    if (before && before.uidValidity === mailbox.uidValidity && before.highestModseq === mailbox.highestModseq) return;
    const same = before?.uidValidity === mailbox.uidValidity ? before : undefined;
    const added = same && (await this.#onlyNew(same, mailbox));
    if (added) {
      for (const entry of added) this.#entries.push(entry);
      return this.#set(mailbox, this.#entries, { added, changed: [], removed: [] });
    }
    if (same && (await this.#apply(same.highestModseq))) return;
    const entries = [...(await this.mail.list(this.name))];
    this.#set(mailbox, entries, difference(this.#entries, entries));
  }

  /** By what the store remembers of changes; false where it remembers too little. */
  async #apply(since: number): Promise<boolean> {
    const what = await this.mail.changes?.(this.name, since);
    if (!what?.complete || what.changed.length > FEW) return false;
    const states = new Map(what.changed.map((state) => [state.uid, state]));
    const gone = new Set(what.vanished);
    const changed: MailEntry[] = [];
    const removed: string[] = [];
    const entries: MailEntry[] = [];
    for (const entry of this.#entries) {
      const state = states.get(entry.uid);
      states.delete(entry.uid);
      if (gone.has(entry.uid)) removed.push(entry.id);
      else entries.push(state ? { ...entry, flags: state.flags, modseq: state.modseq } : entry);
      if (state && !gone.has(entry.uid)) changed.push(entries.at(-1)!);
    }
    const added = states.size === 0 ? [] : await this.mail.list(this.name, [...states.keys()]);
    this.#set(what.mailbox, [...entries, ...added], { added, changed, removed });
    return true;
  }

  /** Where nothing but arrivals can have happened. */
  async #onlyNew(before: Mailbox, now: Mailbox): Promise<readonly MailEntry[] | undefined> {
    const arrived = now.messages - before.messages;
    const numbers = now.uidNext - before.uidNext;
    if (arrived <= 0 || numbers > FEW || now.highestModseq - before.highestModseq !== arrived) return undefined;
    const uids = Array.from({ length: numbers }, (_, at) => before.uidNext + at);
    const added = await this.mail.list(this.name, uids);
    return added.length === arrived ? added : undefined;
  }

  #set(mailbox: Mailbox, entries: MailEntry[], delta: Delta): void {
    this.#mailbox = mailbox;
    this.#entries = entries;
    for (const id of delta.removed) this.#byId.delete(id);
    for (const entry of delta.changed) this.#byId.set(entry.id, entry);
    for (const entry of delta.added) this.#byId.set(entry.id, entry);
    if (delta.added.length + delta.changed.length + delta.removed.length === 0) return;
    for (const listener of this.#listeners) listener(delta);
  }
}

/** Both ascending by uid. */
function difference(before: readonly MailEntry[], now: readonly MailEntry[]): Delta {
  const added: MailEntry[] = [];
  const changed: MailEntry[] = [];
  const removed: string[] = [];
  let at = 0;
  for (const entry of now) {
    for (; at < before.length && before[at]!.uid < entry.uid; at++) removed.push(before[at]!.id);
    if (before[at]?.uid !== entry.uid) added.push(entry);
    else if (before[at++]!.modseq !== entry.modseq) changed.push(entry);
  }
  for (; at < before.length; at++) removed.push(before[at]!.id);
  return { added, changed, removed };
}
