/** A mailbox as IMAP looks at it: views, and what happened since. */
import type { FlagState, MailboxView, MailChanges } from '../../contracts/mail.ts';
import { FlagSets } from '../shared/flag-sets.ts';
import { noMailbox } from '../shared/mailbox-name.ts';
import { asMailbox, BOXES, type BoxRow } from './box-rows.ts';
import type { Place, ReaderCalls, Stirred } from './calls.ts';
import { parseFlags } from './mailboxes.ts';
import { packedLines, packedNumbers, readLines, readNumbers } from './packed.ts';
import type { Statements } from './statements.ts';

interface Columns {
  readonly count: number;
  readonly uids: Uint8Array | null;
  readonly modseqs: Uint8Array | null;
  readonly flags: Uint8Array | null;
}

const COLUMNS = `SELECT count(*) AS count, ${packedNumbers('uid')} AS uids, ${packedNumbers('modseq')} AS modseqs,
  ${packedLines('flags')} AS flags FROM (SELECT uid, modseq, flags FROM entries WHERE mailbox = ? ORDER BY uid)`;

export class ViewReader {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  view(place: Place): MailboxView {
    return this.#sql.snapshot(() => {
      const row = this.#row(place);
      const columns = this.#sql.row<Columns & object>(COLUMNS, row.id)!;
      const sets = new FlagSets();
      return {
        mailbox: asMailbox(row),
        uids: readNumbers(columns.uids, new Uint32Array(columns.count)),
        modseqs: readNumbers(columns.modseqs, new Float64Array(columns.count)),
        flags: readLines(columns.flags, new Uint32Array(columns.count), (line) =>
          sets.ofKey(line, () => parseFlags(line)),
        ),
        flagSets: sets.sets,
      };
    });
  }

  changes({ since, ...place }: ReaderCalls['changes']['args']): MailChanges {
    return this.#sql.snapshot(() => {
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

  subscriptions(owner: string): string[] {
    const sql = 'SELECT name FROM subscriptions WHERE owner = ?';
    return this.#sql.rows<{ name: string }>(sql, owner).map(({ name }) => name);
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
}
