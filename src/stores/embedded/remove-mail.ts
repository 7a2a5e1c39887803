/** Messages and mailboxes on their way out, inside the writer's transaction. */
import type { Keeping } from '../shared/keeping.ts';
import { EVERYTHING, INBOX } from '../shared/mailbox-name.ts';
import type { Place, WriterCalls } from './calls.ts';
import { ENTRY, type Entry, type Mailboxes } from './mailboxes.ts';
import { EVERYTHING_BOX } from './schema.ts';
import type { Statements } from './statements.ts';

type Removed = WriterCalls['remove']['result'];

/** Messages that go by themselves in one transaction. */
const AT_ONCE = 1000;

export class MailRemover {
  readonly #sql: Statements;
  readonly #boxes: Mailboxes;

  constructor(sql: Statements, boxes: Mailboxes) {
    this.#sql = sql;
    this.#boxes = boxes;
  }

  /** A message is gone with its last entry; taken from the view of everything it is gone everywhere. */
  remove({ uids, ...place }: WriterCalls['remove']['args']): Removed {
    const box = this.#boxes.id(place);
    const entries = this.#boxes.entries(box, uids);
    const messages = [...new Set(entries.map(({ message }) => message))];
    if (box === EVERYTHING_BOX) for (const id of messages) this.#removeEverywhere(id);
    else for (const entry of entries) this.#boxes.takeOut(box, entry);
    const gone = box === EVERYTHING_BOX ? messages : messages.filter((id) => this.#orphaned(id));
    return { count: entries.length, blobs: gone.flatMap((id) => this.#erase(id)) };
  }

  drop(place: Place): Removed {
    const box = this.#boxes.id(place);
    const uids = this.#sql.rows<{ uid: number }>('SELECT uid FROM entries WHERE mailbox = ?', box);
    const removed = this.remove({ ...place, uids: uids.map(({ uid }) => uid) });
    this.#boxes.erase(place, box);
    return removed;
  }

  dropOwner(owner: string): Removed {
    if (owner === EVERYTHING) return this.clear();
    const dropped = this.#boxes.names(owner).map((mailbox) => this.drop({ owner, mailbox }));
    this.#sql.run('DELETE FROM subscriptions WHERE owner = ?', owner);
    return {
      count: dropped.reduce((sum, { count }) => sum + count, 0),
      blobs: dropped.flatMap(({ blobs }) => blobs),
    };
  }

  /** What is more or older than is kept goes, the oldest first, some at a time; the newest stays. */
  retain({ messages = Infinity, bytes = Infinity, age = Infinity }: Keeping): Removed {
    const box = this.#sql.row<{ messages: number; bytes: number }>(
      `SELECT messages, bytes FROM mailboxes WHERE id = ${EVERYTHING_BOX}`,
    );
    const oldest = Date.now() - age;
    let [left, octets] = [box?.messages ?? 0, box?.bytes ?? 0];
    if (left <= messages && octets <= bytes && age === Infinity) return { count: 0, blobs: [] };
    const uids: number[] = [];
    const rows = this.#sql.rows<{ uid: number; size: number; at: number }>(
      `SELECT uid, size, saved_at AS at FROM entries WHERE mailbox = ${EVERYTHING_BOX} ORDER BY uid LIMIT ${AT_ONCE}`,
    );
    for (const { uid, size, at } of rows) {
      const old = at > 0 && at < oldest;
      if (!old && ((left <= messages && octets <= bytes) || left <= 1)) break;
      uids.push(uid);
      left -= 1;
      octets -= size;
    }
    return uids.length === 0 ? { count: 0, blobs: [] } : this.remove({ owner: EVERYTHING, mailbox: INBOX, uids });
  }

  clear(): Removed {
    const blobs = this.#sql.rows<{ blob: string }>('SELECT blob FROM messages WHERE blob IS NOT NULL');
    this.#boxes.emptied();
    for (const table of ['entries', 'indexes', 'texts']) this.#sql.run(`DELETE FROM ${table}`);
    const { changes } = this.#sql.run('DELETE FROM messages');
    this.#sql.run(`INSERT INTO found (found) VALUES ('delete-all')`);
    this.#sql.run(`DELETE FROM journal WHERE event = 'mail.stored'`);
    return { count: changes, blobs: blobs.map(({ blob }) => blob) };
  }

  #removeEverywhere(message: number): void {
    const places = this.#sql.rows<Entry & { mailbox: number }>(
      `SELECT mailbox, ${ENTRY} FROM entries WHERE message = ?1 AND mailbox <> ${EVERYTHING_BOX} UNION ALL
       SELECT mailbox, ${ENTRY} FROM entries WHERE mailbox = ${EVERYTHING_BOX} AND uid = ?1`,
      message,
    );
    for (const place of places) this.#boxes.takeOut(place.mailbox, place);
  }

  #orphaned(message: number): boolean {
    return !this.#sql.row(`SELECT 1 FROM entries WHERE message = ? AND mailbox <> ${EVERYTHING_BOX}`, message);
  }

  /** The message itself; gives the file that held it. */
  #erase(message: number): string[] {
    this.#removeEverywhere(message);
    const { blob } = this.#sql.row<{ blob: string | null }>('SELECT blob FROM messages WHERE id = ?', message) ?? {};
    this.#sql.run('DELETE FROM messages WHERE id = ?', message);
    this.#sql.run('DELETE FROM found WHERE rowid = ?', message);
    this.#sql.run('DELETE FROM indexes WHERE message = ?', message);
    this.#sql.run('DELETE FROM texts WHERE message = ?', message);
    return blob ? [blob] : [];
  }
}
