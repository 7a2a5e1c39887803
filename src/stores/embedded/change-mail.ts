/** What happens to messages that are there, inside the writer's transaction. */
import type { FlagChange } from '../../contracts/mail.ts';
import { changeFlags, SEEN, sameFlags } from '../shared/flags.ts';
import { INBOX, mailboxExists, newMailboxName, newSubscription, renamed } from '../shared/mailbox-name.ts';
import type { Place, WriterCalls } from './calls.ts';
import { type Entry, type Mailboxes, parseFlags } from './mailboxes.ts';
import { packedLines, packedNumbers, readLines, readNumbers } from './packed.ts';
import type { Statements } from './statements.ts';

type Args<K extends keyof WriterCalls> = WriterCalls[K]['args'];
type Result<K extends keyof WriterCalls> = WriterCalls[K]['result'];

interface Columns {
  readonly count: number;
  readonly uids: Uint8Array | null;
  readonly modseqs: Uint8Array | null;
  readonly flags: Uint8Array | null;
}

const FLAGS = `SELECT count(*) AS count, ${packedNumbers('uid')} AS uids, ${packedNumbers('modseq')} AS modseqs,
  ${packedLines('flags')} AS flags FROM (SELECT uid, modseq, flags FROM entries
    WHERE mailbox = ? AND uid IN (SELECT value FROM json_each(?)) ORDER BY uid)`;
const SET_FLAGS = `UPDATE entries SET flags = ?, modseq = ?
  WHERE mailbox = ? AND uid IN (SELECT value FROM json_each(?))`;

/** Messages that had the same flags. */
interface Kind {
  readonly after: readonly string[];
  readonly changes: boolean;
  /** What each of them adds to the number of unseen messages. */
  readonly unseen: number;
  readonly uids: number[];
}

function kindWith(before: readonly string[], change: FlagChange, flags: readonly string[]): Kind {
  const after = changeFlags(before, change, flags);
  const unseen = Number(before.includes(SEEN)) - Number(after.includes(SEEN));
  return { after, changes: !sameFlags(before, after), unseen, uids: [] };
}

export class MailChanger {
  readonly #sql: Statements;
  readonly #boxes: Mailboxes;

  constructor(sql: Statements, boxes: Mailboxes) {
    this.#sql = sql;
    this.#boxes = boxes;
  }

  /** Few sets of flags, many messages: what becomes of one becomes of all that have the same. */
  flag({ uids, change, flags, unchangedSince = Infinity, ...place }: Args<'flag'>): Result<'flag'> {
    const box = this.#boxes.id(place);
    const row = this.#sql.row<Columns & object>(FLAGS, box, JSON.stringify(uids))!;
    const kinds: Kind[] = [];
    const kindOf = new Map<string, number>();
    const found = readLines(row.flags, new Uint32Array(row.count), (line) => {
      if (!kindOf.has(line)) kindOf.set(line, kinds.push(kindWith(parseFlags(line), change, flags)) - 1);
      return kindOf.get(line)!;
    });
    const modseqs = readNumbers(row.modseqs, new Float64Array(row.count));
    const refused: number[] = [];
    for (const [at, uid] of readNumbers(row.uids, new Uint32Array(row.count)).entries()) {
      if (modseqs[at]! > unchangedSince) refused.push(uid);
      else kinds[found[at]!]!.uids.push(uid);
    }
    const changed = kinds.filter(({ uids: some, changes }) => changes && some.length > 0);
    if (changed.length === 0) return { modseq: 0, changed: [], refused };
    const modseq = this.#boxes.touch(box);
    for (const { after, uids: some } of changed)
      this.#sql.run(SET_FLAGS, JSON.stringify(after), modseq, box, JSON.stringify(some));
    const unseen = changed.reduce((sum, kind) => sum + kind.unseen * kind.uids.length, 0);
    this.#sql.run('UPDATE mailboxes SET unseen = unseen + ? WHERE id = ?', unseen, box);
    return { modseq, changed: changed.map(({ after, uids: some }) => ({ flags: after, uids: some })), refused };
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
