/** What happens to messages that are there, inside the writer's transaction. */
import { changeFlags, SEEN, sameFlags } from '../shared/flags.ts';
import { INBOX, mailboxExists, newMailboxName, newSubscription, renamed } from '../shared/mailbox-name.ts';
import type { Place, WriterCalls } from './calls.ts';
import { type Entry, type Mailboxes, parseFlags } from './mailboxes.ts';
import type { Statements } from './statements.ts';

type Args<K extends keyof WriterCalls> = WriterCalls[K]['args'];
type Result<K extends keyof WriterCalls> = WriterCalls[K]['result'];

export class MailChanger {
  readonly #sql: Statements;
  readonly #boxes: Mailboxes;

  constructor(sql: Statements, boxes: Mailboxes) {
    this.#sql = sql;
    this.#boxes = boxes;
  }

  flag({ uids, change, flags, unchangedSince, ...place }: Args<'flag'>): Result<'flag'> {
    const box = this.#boxes.id(place);
    const refused: number[] = [];
    const changed: { uid: number; flags: readonly string[] }[] = [];
    let unseen = 0;
    for (const entry of this.#boxes.entries(box, uids)) {
      if (unchangedSince !== undefined && entry.modseq > unchangedSince) {
        refused.push(entry.uid);
        continue;
      }
      const before = parseFlags(entry.flags);
      const after = changeFlags(before, change, flags);
      if (sameFlags(before, after)) continue;
      unseen += Number(before.includes(SEEN)) - Number(after.includes(SEEN));
      changed.push({ uid: entry.uid, flags: after });
    }
    if (changed.length === 0) return { changed: [], refused };
    const modseq = this.#boxes.touch(box);
    for (const { uid, flags: after } of changed) {
      const sql = 'UPDATE entries SET flags = ?, modseq = ? WHERE mailbox = ? AND uid = ?';
      this.#sql.run(sql, JSON.stringify(after), modseq, box, uid);
    }
    this.#sql.run('UPDATE mailboxes SET unseen = unseen + ? WHERE id = ?', unseen, box);
    return { changed: changed.map((one) => ({ ...one, modseq })), refused };
  }

  copy({ uids, to, ...place }: Args<'copy'>): Result<'copy'> {
    const entries = this.#boxes.entries(this.#boxes.id(place), uids);
    const target = { owner: place.owner, mailbox: to };
    const { uidValidity } = this.#boxes.identity(target);
    this.#boxes.take(
      place.owner,
      entries.reduce((sum, { size }) => sum + size, 0),
      entries.length,
    );
    const placed = entries.map((entry) => this.#place(target, entry));
    return { uidValidity, from: entries.map(({ uid }) => uid), to: placed };
  }

  move({ uids, to, ...place }: Args<'move'>): Result<'move'> {
    const box = this.#boxes.id(place);
    const target = { owner: place.owner, mailbox: to };
    const { uidValidity } = this.#boxes.identity(target);
    return this.#moveAll(box, this.#boxes.entries(box, uids), target, uidValidity);
  }

  /** With its children; of INBOX only what is in it. */
  rename({ to, ...place }: Args<'rename'>): null {
    const names = this.#boxes.names(place.owner);
    if (place.mailbox !== INBOX) {
      this.#boxes.rename(place.owner, renamed(names, place.mailbox, to));
      return null;
    }
    const target = { owner: place.owner, mailbox: newMailboxName(to) };
    if (target.mailbox === INBOX || names.includes(target.mailbox)) throw mailboxExists(target.mailbox);
    const box = this.#boxes.id(place);
    this.#boxes.create(target);
    const { uidValidity } = this.#boxes.identity(target);
    this.#moveAll(box, this.#boxes.entries(box), target, uidValidity);
    return null;
  }

  subscribe({ on, ...place }: Args<'subscribe'>): null {
    if (on) newSubscription(place.mailbox, this.#boxes.subscriptions(place.owner));
    this.#boxes.subscribe(place, on);
    return null;
  }

  #moveAll(box: number, entries: readonly Entry[], target: Place, uidValidity: number): Result<'move'> {
    const to = entries.map((entry) => this.#place(target, entry));
    this.#boxes.settle();
    for (const entry of entries) this.#boxes.takeOut(box, entry);
    return { uidValidity, from: entries.map(({ uid }) => uid), to };
  }

  #place(target: Place, entry: Entry): number {
    return this.#boxes.add(target, entry, parseFlags(entry.flags));
  }
}
