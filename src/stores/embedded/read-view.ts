/** A mailbox as IMAP looks at it: views, and what happened since. */
import type { FlagState, MailboxView, MailChanges } from '../../contracts/mail.ts';
import { FlagSets } from '../shared/flag-sets.ts';
import { noMailbox } from '../shared/mailbox-name.ts';
import { asMailbox, BOXES, type BoxRow } from './box-rows.ts';
import type { Place, ReaderCalls, Stirred } from './calls.ts';
import { parseFlags } from './mailboxes.ts';
import type { Statements } from './statements.ts';

interface Columns {
  readonly uids: string | null;
  readonly modseqs: string | null;
  readonly flags: string | null;
}

export class ViewReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** A row a message would cost more than all else; three long texts do not. */
  view(place: Place): MailboxView {
    return this.#snapshot(() => {
      const row = this.#row(place);
      const columns = this.#sql.row<Columns & object>(
        `SELECT group_concat(uid) AS uids, group_concat(modseq) AS modseqs, group_concat(flags, char(10)) AS flags
         FROM (SELECT uid, modseq, flags FROM entries WHERE mailbox = ? ORDER BY uid)`,
        row.id,
      )!;
      const sets = new FlagSets();
      const flags = Uint32Array.from(split(columns.flags, '\n'), (text) => sets.ofKey(text, () => parseFlags(text)));
      return {
        mailbox: asMailbox(row),
        uids: Uint32Array.from(split(columns.uids, ','), Number),
        modseqs: Float64Array.from(split(columns.modseqs, ','), Number),
        flags,
        flagSets: sets.sets,
      };
    });
  }

  changes({ since, ...place }: ReaderCalls['changes']['args']): MailChanges {
    return this.#snapshot(() => {
      const row = this.#row(place);
      const changed = this.#sql.rows<{ uid: number; flags: string; modseq: number }>(
        'SELECT uid, flags, modseq FROM entries WHERE mailbox = ? AND modseq > ? ORDER BY uid',
        row.id,
        since,
      );
      const vanished = this.#sql.rows<{ uid: number }>(
        'SELECT uid FROM expunged WHERE mailbox = ? AND modseq > ? ORDER BY uid',
        row.id,
        since,
      );
      return {
        mailbox: asMailbox(row),
        changed: changed.map(({ flags, ...one }): FlagState => ({ ...one, flags: parseFlags(flags) })),
        vanished: vanished.map(({ uid }) => uid),
        complete: since >= row.horizon,
      };
    });
  }

  stirred(owners: readonly string[]): Stirred[] {
    return this.#sql.rows<Stirred & object>(
      'SELECT owner, name AS mailbox, modseq FROM mailboxes WHERE owner IN (SELECT value FROM json_each(?))',
      JSON.stringify(owners),
    );
  }

  usage(owner: string): ReaderCalls['usage']['result'] {
    return this.#sql.row<ReaderCalls['usage']['result'] & object>(
      'SELECT ifnull(sum(bytes), 0) AS bytes, ifnull(sum(messages), 0) AS messages FROM mailboxes WHERE owner = ?',
      owner,
    )!;
  }

  #row({ owner, mailbox }: Place): BoxRow {
    const row = this.#sql.row<BoxRow>(`${BOXES} WHERE b.owner = ? AND b.name = ?`, owner, mailbox);
    if (!row) throw noMailbox(mailbox);
    return row;
  }

  /** Facts and messages of one moment: a commit in between would be lost otherwise. */
  #snapshot<T>(read: () => T): T {
    this.#sql.db.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#sql.db.exec('COMMIT');
    }
  }
}

function split(text: string | null, separator: string): string[] {
  return text === null ? [] : text.split(separator);
}
